import {
  type Context,
  context,
  createNoopMeter,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import { METHOD, MethodLabels } from '../cardinality/method.ts'
import { ROUTE, RouteLabels } from '../cardinality/route.ts'
import { monotonicNow } from '../real-clocks.ts'
import { type Buckets, DEFAULT_BUCKETS } from './buckets.ts'
import { type InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { HTTP_DEFINITIONS, HttpInstruments } from './http.ts'
import { HTTP_SEMCONV_DEFINITIONS, HttpSemconvInstruments } from './http-semconv.ts'
import { MCP_DEFINITIONS, McpInstruments, SERVER_LABEL } from './mcp.ts'
import { GC_DEFINITION, PROCESS_DEFINITIONS } from './process-definitions.ts'
import { type LabelCut, SELF_DEFINITIONS, SelfInstruments } from './self.ts'
import { SSE_DEFINITIONS, SseInstruments } from './sse.ts'
import { TOOL_DEFINITIONS, ToolInstruments } from './tool.ts'
import { VLLM_WEBSOCKET_DEFINITIONS, VllmWebSocketInstruments } from './vllm-websocket.ts'
import { WEBSOCKET_DEFINITIONS, WebSocketInstruments } from './websocket.ts'

/** Name of the instrumentation scope of all instruments. */
export const SCOPE_NAME = '@vr/otel-instruments'

/** A group of instruments that can be switched on and off. */
export type Group =
  | 'http'
  | 'sse'
  | 'websocket'
  | 'tool'
  | 'mcp'
  | 'process'
  | 'self'
  | 'http_semconv'
  | 'vllm_websocket'

/** The groups of the catalogue, in the order in which the documentation lists them. */
export const CATALOG: Readonly<Record<Group, readonly InstrumentDefinition[]>> = {
  http: Object.values(HTTP_DEFINITIONS),
  sse: Object.values(SSE_DEFINITIONS),
  websocket: Object.values(WEBSOCKET_DEFINITIONS),
  tool: Object.values(TOOL_DEFINITIONS),
  mcp: Object.values(MCP_DEFINITIONS),
  process: [...PROCESS_DEFINITIONS, GC_DEFINITION],
  self: Object.values(SELF_DEFINITIONS),
  http_semconv: Object.values(HTTP_SEMCONV_DEFINITIONS),
  vllm_websocket: Object.values(VLLM_WEBSOCKET_DEFINITIONS),
}

/** The groups that are enabled by default. */
export const DEFAULT_GROUPS: readonly Group[] = ['http', 'sse', 'websocket', 'tool', 'mcp', 'process', 'self']

/** Groups whose instruments have no prefix: names of the semantic conventions, `vr_otel.*`, and names of vLLM. */
export const GROUPS_WITHOUT_PREFIX: readonly Group[] = ['process', 'self', 'http_semconv', 'vllm_websocket']

/** Options of {@link GatewayInstruments}. */
export interface GatewayInstrumentsOptions {
  /** Provider of the meter. Default: the global provider of the API. */
  readonly meterProvider?: MeterProvider
  /** Prefix of instrument names. Default `vllm_responses`; `''` for none. */
  readonly prefix?: string
  /** The groups to record. Default {@link DEFAULT_GROUPS}. */
  readonly groups?: readonly Group[]
  /** Bucket bounds of histograms by family, in seconds. Default {@link DEFAULT_BUCKETS}. */
  readonly buckets?: Partial<Buckets>
  /** Known request methods, case-sensitive. Default `KNOWN_METHODS`; other methods are recorded as `_OTHER`. */
  readonly knownMethods?: readonly string[]
  /** Returns further counts for `vr_otel.values_cut`, for labels that are bounded elsewhere. Default: none. */
  readonly cuts?: () => readonly LabelCut[]
  /** Returns the context of the running code. Default: the active context of the API. */
  readonly activeContext?: () => Context
  /** A monotonic clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number
}

/**
 * The instruments of a gateway, with the bounds of their labels, the clock and the context of the observations. A disabled
 * group records nothing. `observeProcess` creates the instruments of the group `process`.
 */
export class GatewayInstruments {
  readonly http: HttpInstruments
  readonly sse: SseInstruments
  readonly websocket: WebSocketInstruments
  readonly tool: ToolInstruments
  readonly mcp: McpInstruments
  readonly self: SelfInstruments
  /** `undefined` if its group is disabled, so that its attributes are not collected. */
  readonly httpSemconv: HttpSemconvInstruments | undefined
  /** `undefined` if its group is disabled. */
  readonly vllmWebSocket: VllmWebSocketInstruments | undefined
  /** Whether WebSocket connections are measured: whether one of their groups is enabled. */
  readonly measuresWebSockets: boolean
  readonly methods: MethodLabels
  readonly routes = new RouteLabels()
  /** Bounds the names of MCP servers. */
  readonly serverLabels = new BoundedValues(SERVER_LABEL)
  readonly activeContext: () => Context
  readonly now: () => number

  constructor(options: GatewayInstrumentsOptions = {}) {
    const { prefix = 'vllm_responses', groups = DEFAULT_GROUPS } = options
    const now = options.now ?? monotonicNow
    const buckets = { ...DEFAULT_BUCKETS, ...options.buckets }
    const meter = (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE_NAME)
    const meterOf = (group: Group): Meter => (groups.includes(group) ? meter : createNoopMeter())
    const make = (group: Group): InstrumentFactory => new InstrumentFactory(meterOf(group), prefix, buckets)
    this.methods = new MethodLabels(options.knownMethods)
    this.http = new HttpInstruments(make('http'))
    this.sse = new SseInstruments(make('sse'))
    this.websocket = new WebSocketInstruments(make('websocket'))
    this.tool = new ToolInstruments(make('tool'))
    this.mcp = new McpInstruments(make('mcp'))
    this.self = new SelfInstruments(meterOf('self'), {
      cuts: () => [...this.#cuts(), ...(options.cuts?.() ?? [])],
      now,
    })
    this.httpSemconv = groups.includes('http_semconv')
      ? new HttpSemconvInstruments(new InstrumentFactory(meter, '', buckets), { now })
      : undefined
    this.vllmWebSocket = groups.includes('vllm_websocket')
      ? new VllmWebSocketInstruments(new InstrumentFactory(meter, '', buckets))
      : undefined
    this.measuresWebSockets = groups.includes('websocket') || this.vllmWebSocket !== undefined
    this.activeContext = options.activeContext ?? (() => context.active())
    this.now = now
  }

  #cuts(): readonly LabelCut[] {
    return [
      { label: METHOD.name, count: this.methods.overflowCount },
      { label: ROUTE.name, count: this.routes.overflowCount },
      { label: SERVER_LABEL.name, count: this.serverLabels.overflowCount },
      ...(this.httpSemconv?.cuts ?? []),
    ]
  }
}
