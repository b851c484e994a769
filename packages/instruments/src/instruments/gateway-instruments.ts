import { type Context, context, createNoopMeter, type MeterProvider, metrics } from '@opentelemetry/api'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import { ListedNames } from '../cardinality/listed-names.ts'
import { SERVER_LABEL } from '../cardinality/mcp.ts'
import { METHOD, MethodLabels } from '../cardinality/method.ts'
import { ModelLabels, REQUEST_MODEL } from '../cardinality/model.ts'
import { ROUTE, RouteLabels } from '../cardinality/route.ts'
import { monotonicNow } from '../real-clocks.ts'
import { type Buckets, DEFAULT_BUCKETS } from './buckets.ts'
import {
  DEFAULT_GROUPS,
  GROUP_ROWS,
  type Group,
  type GroupParts,
  type GroupRows,
  type Prefixes,
  prefixOf,
  SCOPE_NAME,
} from './catalog.ts'
import { DeferredRecords } from './deferred-records.ts'
import { InstrumentFactory } from './definition.ts'
import type { GenAiConventions } from './genai-names.ts'
import { MetricEvents } from './metric-events.ts'
import type { LabelOverflow } from './self.ts'

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

/** The instruments of each group in `GROUPS` that has a `create`. */
type GroupFields = {
  readonly [G in Group as GroupRows[G] extends { readonly create: unknown }
    ? CamelCase<G>
    : never]: CreatedBy<GroupRows[G]>
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
    for (const [group, { create, isDefault, isOptional }] of GROUP_ROWS) {
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
