import type { Meter } from '@opentelemetry/api'
import type { ModelLabels } from '../cardinality/model.ts'
import type { DeferredRecords } from './deferred-records.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { GenAiInstruments } from './genai.ts'
import { type GenAiConventions, RELEASED_GENAI_DEFINITIONS } from './genai-names.ts'
import { HTTP_DEFINITIONS, HttpInstruments } from './http.ts'
import { HTTP_SEMCONV_DEFINITIONS, HttpSemconvInstruments } from './http-semconv.ts'
import { LLAMA_STACK_DEFINITIONS, LlamaStackInstruments } from './llama-stack.ts'
import { MCP_DEFINITIONS, McpInstruments } from './mcp.ts'
import { GC_DEFINITION, PROCESS_DEFINITIONS } from './process-definitions.ts'
import { type LabelOverflow, SELF_DEFINITIONS, SelfInstruments } from './self.ts'
import { SSE_DEFINITIONS, SseInstruments } from './sse.ts'
import { TOOL_DEFINITIONS, ToolInstruments } from './tool.ts'
import { TURN_DEFINITIONS } from './turn.ts'
import { UPSTREAM_DEFINITIONS, UpstreamInstruments } from './upstream.ts'
import { VLLM_WEBSOCKET_DEFINITIONS, VllmWebSocketInstruments } from './vllm-websocket.ts'
import { WEBSOCKET_DEFINITIONS, WebSocketInstruments } from './websocket.ts'

/** Name of the instrumentation scope of all instruments. */
export const SCOPE_NAME = '@vr/otel-instruments'

/** What a group creates its instruments with. If the group is disabled, their meter is a no-op. */
export interface GroupParts {
  readonly meter: Meter
  readonly make: InstrumentFactory
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
  readonly deferred: DeferredRecords
  readonly models: ModelLabels
  readonly genAiConventions: GenAiConventions
  /** Returns the counts for `vr_otel.values_cut`. */
  readonly overflows: () => readonly LabelOverflow[]
}

/** One row of {@link GROUPS}. */
export interface GroupDefinition {
  readonly definitions: Readonly<Record<string, InstrumentDefinition>> | readonly InstrumentDefinition[]
  /** Names of the semantic conventions, `vr_otel.*`, and names of vLLM have no prefix. */
  readonly hasPrefix: boolean
  /** The option with the prefix of a group that has a prefix of its own. */
  readonly ownPrefix?: 'llamaStackPrefix'
  readonly isDefault: boolean
  /** Whether the field is `undefined` while a default group is disabled, so that its values are not collected. */
  readonly isOptional?: boolean
  /** Missing for `process`, whose instruments are created by `observeProcess`. */
  readonly create?: (parts: GroupParts) => object
}

/**
 * The groups, in the order in which the documentation lists them. To add a group, add a row: the values of
 * `VR_METRICS_GROUPS`, the field of `GatewayInstruments` (its name in camel case) and `docs/metrics.md` follow. The field
 * of a group that is optional or not enabled by default is `undefined` while it is disabled, so that its attributes are not
 * collected.
 */
const GROUPS = {
  http: {
    definitions: HTTP_DEFINITIONS,
    hasPrefix: true,
    isDefault: true,
    create: ({ make }: GroupParts) => new HttpInstruments(make),
  },
  sse: {
    definitions: SSE_DEFINITIONS,
    hasPrefix: true,
    isDefault: true,
    create: ({ make }: GroupParts) => new SseInstruments(make),
  },
  websocket: {
    definitions: { ...WEBSOCKET_DEFINITIONS, ...TURN_DEFINITIONS },
    hasPrefix: true,
    isDefault: true,
    create: ({ make }: GroupParts) => new WebSocketInstruments(make),
  },
  tool: {
    definitions: TOOL_DEFINITIONS,
    hasPrefix: true,
    isDefault: true,
    create: ({ make }: GroupParts) => new ToolInstruments(make),
  },
  mcp: {
    definitions: MCP_DEFINITIONS,
    hasPrefix: true,
    isDefault: true,
    create: ({ make, now }: GroupParts) => new McpInstruments(make, { now }),
  },
  upstream: {
    definitions: UPSTREAM_DEFINITIONS,
    hasPrefix: true,
    isDefault: true,
    isOptional: true,
    create: ({ make }: GroupParts) => new UpstreamInstruments(make),
  },
  genai: {
    definitions: RELEASED_GENAI_DEFINITIONS,
    hasPrefix: false,
    isDefault: true,
    isOptional: true,
    create: ({ make, models, now, genAiConventions }: GroupParts) =>
      new GenAiInstruments(make, { conventions: genAiConventions, models, now }),
  },
  process: { definitions: [...PROCESS_DEFINITIONS, GC_DEFINITION], hasPrefix: false, isDefault: true },
  self: {
    definitions: SELF_DEFINITIONS,
    hasPrefix: false,
    isDefault: true,
    create: ({ meter, overflows, now, deferred }: GroupParts) =>
      new SelfInstruments(meter, { overflows, now, deferred }),
  },
  http_semconv: {
    definitions: HTTP_SEMCONV_DEFINITIONS,
    hasPrefix: false,
    isDefault: false,
    create: ({ make, now }: GroupParts) => new HttpSemconvInstruments(make, { now }),
  },
  vllm_websocket: {
    definitions: VLLM_WEBSOCKET_DEFINITIONS,
    hasPrefix: false,
    isDefault: false,
    create: ({ make }: GroupParts) => new VllmWebSocketInstruments(make),
  },
  llama_stack: {
    definitions: LLAMA_STACK_DEFINITIONS,
    hasPrefix: false,
    ownPrefix: 'llamaStackPrefix',
    isDefault: false,
    create: ({ make }: GroupParts) => new LlamaStackInstruments(make),
  },
} as const satisfies Record<string, GroupDefinition>

/** The rows of all groups, by name. */
export type GroupRows = typeof GROUPS

/** A group of instruments that can be switched on and off. */
export type Group = keyof GroupRows

/** The rows of all groups, in the order in which the documentation lists them. */
export const GROUP_ROWS = Object.entries(GROUPS) as [Group, GroupDefinition][]

const catalog: Readonly<Record<string, readonly InstrumentDefinition[]>> = Object.fromEntries(
  GROUP_ROWS.map(([group, { definitions }]) => [group, Object.values(definitions)]),
)

/** The definitions of each group, in the order in which the documentation lists them. */
export const CATALOG = catalog as Readonly<Record<Group, readonly InstrumentDefinition[]>>

/** The groups that are enabled by default. */
export const DEFAULT_GROUPS: readonly Group[] = GROUP_ROWS.flatMap(([group, row]) =>
  row.isDefault ? [group] : [],
)

/** Groups whose instruments do not have the option `prefix`: names of the semantic conventions, `vr_otel.*`, and of other servers. */
export const GROUPS_WITHOUT_PREFIX: readonly Group[] = GROUP_ROWS.flatMap(([group, row]) =>
  row.hasPrefix ? [] : [group],
)

/** Prefixes of instrument names. */
export interface Prefixes {
  /** Prefix of the names of the gateway metrics. Default `vllm_responses`; `''` for none. */
  readonly prefix?: string
  /** Prefix of the group `llama_stack` and of metric events. Default `llama_stack`; `''` for none. */
  readonly llamaStackPrefix?: string
}

/** Returns the prefix of the instrument names of a group; `''` for none. */
export function prefixOf(
  group: Group,
  { prefix = 'vllm_responses', llamaStackPrefix = 'llama_stack' }: Prefixes,
): string {
  const { hasPrefix, ownPrefix }: GroupDefinition = GROUPS[group]
  if (ownPrefix !== undefined) return llamaStackPrefix
  return hasPrefix ? prefix : ''
}
