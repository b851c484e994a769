import {
  type Context,
  context,
  createNoopMeter,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import { ListedNames } from '../cardinality/listed-names.ts'
import { SERVER_LABEL } from '../cardinality/mcp.ts'
import { METHOD, MethodLabels } from '../cardinality/method.ts'
import { ModelLabels, REQUEST_MODEL } from '../cardinality/model.ts'
import { ROUTE, RouteLabels } from '../cardinality/route.ts'
import { monotonicNow } from '../real-clocks.ts'
import { type Buckets, DEFAULT_BUCKETS } from './buckets.ts'
import { DeferredRecords } from './deferred-records.ts'
import { type InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { GenAiInstruments } from './genai.ts'
import { type GenAiConventions, RELEASED_GENAI_DEFINITIONS } from './genai-names.ts'
import { HTTP_DEFINITIONS, HttpInstruments } from './http.ts'
import { HTTP_SEMCONV_DEFINITIONS, HttpSemconvInstruments } from './http-semconv.ts'
import { LLAMA_STACK_DEFINITIONS, LlamaStackInstruments } from './llama-stack.ts'
import { MCP_DEFINITIONS, McpInstruments } from './mcp.ts'
import { MetricEvents } from './metric-events.ts'
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
interface GroupParts {
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

interface GroupDefinition {
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
 * `VR_METRICS_GROUPS`, the field of {@link GatewayInstruments} (its name in camel case) and `docs/metrics.md` follow. The field
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

type Rows = typeof GROUPS

/** A group of instruments that can be switched on and off. */
export type Group = keyof Rows

const ROWS = Object.entries(GROUPS) as [Group, GroupDefinition][]

const catalog: Readonly<Record<string, readonly InstrumentDefinition[]>> = Object.fromEntries(
  ROWS.map(([group, { definitions }]) => [group, Object.values(definitions)]),
)

/** The definitions of each group, in the order in which the documentation lists them. */
export const CATALOG = catalog as Readonly<Record<Group, readonly InstrumentDefinition[]>>

/** The groups that are enabled by default. */
export const DEFAULT_GROUPS: readonly Group[] = ROWS.flatMap(([group, row]) => (row.isDefault ? [group] : []))

/** Groups whose instruments do not have the option `prefix`: names of the semantic conventions, `vr_otel.*`, and of other servers. */
export const GROUPS_WITHOUT_PREFIX: readonly Group[] = ROWS.flatMap(([group, row]) =>
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

/** Options of {@link GatewayInstruments}. */
export interface GatewayInstrumentsOptions extends Prefixes {
  /** Provider of the meter. Default: the global provider of the API. */
  readonly meterProvider?: MeterProvider
  /** The groups to record. Default {@link DEFAULT_GROUPS}. */
  readonly groups?: readonly Group[]
  /** Bucket bounds of histograms by family, in seconds. Default {@link DEFAULT_BUCKETS}. */
  readonly buckets?: Partial<Buckets>
  /** Known request methods, case-sensitive. Default `KNOWN_METHODS`; other methods are recorded as `_OTHER`. */
  readonly knownMethods?: readonly string[]
  /** The names of the group `genai`. Default `released`. */
  readonly genAiConventions?: GenAiConventions
  /**
   * Templates of the paths of requests that no framework gave a route, or only one that ends with a wildcard, such as
   * `/v1/responses/{id}`. Default: {@link API_ROUTES}.
   */
  readonly routes?: readonly string[]
  /** Returns further counts for `vr_otel.values_cut`, for labels that are bounded elsewhere. Default: none. */
  readonly overflows?: () => readonly LabelOverflow[]
  /** Returns the context of the running code. Default: the active context of the API. */
  readonly activeContext?: () => Context
  /** A monotonic clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number
}

type CamelCase<Name extends string> = Name extends `${infer Word}_${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name

type CreatedBy<Row> = Row extends { readonly create: (parts: GroupParts) => infer Instruments }
  ?
      | Instruments
      | (Row extends { readonly isDefault: false } | { readonly isOptional: true } ? undefined : never)
  : never

/** The instruments of each group in {@link GROUPS} that has a `create`. */
type GroupFields = {
  readonly [G in Group as Rows[G] extends { readonly create: unknown } ? CamelCase<G> : never]: CreatedBy<
    Rows[G]
  >
}

/** Declares the fields, which {@link GatewayInstruments} assigns. */
const DeclaredFields = class {} as new () => GroupFields

/**
 * The instruments of a gateway, with the bounds of their labels, the clock and the context of the observations. It has one
 * field for each group, and a disabled group records nothing. `observeProcess` creates the instruments of the group `process`.
 */
export class GatewayInstruments extends DeclaredFields {
  /** Whether WebSocket connections are measured: whether one of their groups is enabled, or that of the tool calls in their messages. */
  readonly measuresWebSockets: boolean
  /** Whether tool calls are measured: whether their group is enabled. */
  readonly measuresTools: boolean
  /** Bounds request methods. */
  readonly methods: MethodLabels
  /** Bounds route templates. */
  readonly routes: RouteLabels
  /** Bounds the names of models. */
  readonly models = new ModelLabels()
  /** Bounds the names of MCP servers. */
  readonly serverLabels = new BoundedValues(SERVER_LABEL)
  /** Names of the tools that MCP servers have listed to clients of this process. */
  readonly mcpTools = new ListedNames()
  /** Whether MCP clients and servers are observed: whether a group needs their messages. */
  readonly measuresMcp: boolean
  /** Counts of WebSocket messages that are recorded when they are collected. */
  readonly deferred = new DeferredRecords()
  /** Publishes the measurements of requests on a diagnostics channel. */
  readonly metricEvents: MetricEvents
  /** Returns the context of the running code. */
  readonly activeContext: () => Context
  /** A monotonic clock in milliseconds. */
  readonly now: () => number

  constructor(options: GatewayInstrumentsOptions = {}) {
    super()
    const { groups = DEFAULT_GROUPS, llamaStackPrefix = 'llama_stack' } = options
    this.metricEvents = new MetricEvents(llamaStackPrefix)
    this.methods = new MethodLabels(options.knownMethods)
    this.routes = new RouteLabels(options.routes)
    this.activeContext = options.activeContext ?? (() => context.active())
    this.now = options.now ?? monotonicNow
    const buckets = { ...DEFAULT_BUCKETS, ...options.buckets }
    const enabledMeter = (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE_NAME)
    const overflows = (): LabelOverflow[] => [...this.#overflows(), ...(options.overflows?.() ?? [])]
    const fields: Record<string, object | undefined> = {}
    const { genAiConventions = 'released' } = options
    const { models, deferred, now } = this
    const parts = { models, genAiConventions, now, deferred, overflows }
    for (const [group, { create, isDefault, isOptional }] of ROWS) {
      if (create === undefined) continue
      const isEnabled = groups.includes(group)
      const meter = isEnabled ? enabledMeter : createNoopMeter()
      const make = new InstrumentFactory(meter, prefixOf(group, options), buckets)
      fields[camelCase(group)] =
        isEnabled || (isDefault && !isOptional) ? create({ ...parts, meter, make }) : undefined
    }
    Object.assign(this, fields)
    this.measuresTools = groups.includes('tool')
    this.measuresMcp = groups.includes('mcp') || groups.includes('tool')
    this.measuresWebSockets = (['websocket', 'vllm_websocket', 'tool'] as const).some((group) =>
      groups.includes(group),
    )
  }

  #overflows(): readonly LabelOverflow[] {
    return [
      { label: METHOD.name, count: this.methods.overflowCount },
      { label: ROUTE.name, count: this.routes.overflowCount },
      { label: REQUEST_MODEL.name, count: this.models.overflowCount },
      { label: SERVER_LABEL.name, count: this.serverLabels.overflowCount },
      ...(this.genai?.overflows ?? []),
      ...this.mcp.overflows,
      ...(this.httpSemconv?.overflows ?? []),
    ]
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}
