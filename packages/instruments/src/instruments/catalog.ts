import { type Context, context, type MeterProvider, metrics } from '@opentelemetry/api'
import { RouteLabels } from '../cardinality/route.ts'
import { type Buckets, DEFAULT_BUCKETS } from './buckets.ts'
import { type InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { HTTP_DEFINITIONS, HttpInstruments } from './http.ts'
import { MCP_DEFINITIONS, McpInstruments } from './mcp.ts'
import { SSE_DEFINITIONS, SseInstruments } from './sse.ts'
import { TOOL_DEFINITIONS, ToolInstruments } from './tool.ts'

/** The instrumentation scope of everything in the catalogue. */
export const SCOPE_NAME = '@vr/otel-instruments'

/** The groups of the catalogue, in the order in which the documentation lists them. */
export const CATALOG: Readonly<Record<string, readonly InstrumentDefinition[]>> = {
  http: Object.values(HTTP_DEFINITIONS),
  sse: Object.values(SSE_DEFINITIONS),
  tool: Object.values(TOOL_DEFINITIONS),
  mcp: Object.values(MCP_DEFINITIONS),
}

/** How {@link GatewayInstruments} are made. */
export interface GatewayInstrumentsOptions {
  /** Where the instruments come from; default: the API's global provider. */
  readonly meterProvider?: MeterProvider
  /** First part of every instrument's name; default `vllm_responses`, `''` for none. */
  readonly prefix?: string
  /** Replaces boundaries of histograms by family, in seconds. */
  readonly buckets?: Partial<Buckets>
  /** The context of the code that is running; default: the API's active context. */
  readonly activeContext?: () => Context
  /** A monotonic clock in milliseconds; default `performance.now`. */
  readonly now?: () => number
}

/** The instruments of a gateway, and what an observation needs beside them. */
export class GatewayInstruments {
  readonly http: HttpInstruments
  readonly sse: SseInstruments
  readonly tool: ToolInstruments
  readonly mcp: McpInstruments
  readonly routes = new RouteLabels()
  readonly activeContext: () => Context
  readonly now: () => number

  constructor(options: GatewayInstrumentsOptions = {}) {
    const meter = (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE_NAME)
    const buckets = { ...DEFAULT_BUCKETS, ...options.buckets }
    const make = new InstrumentFactory(meter, options.prefix ?? 'vllm_responses', buckets)
    this.http = new HttpInstruments(make)
    this.sse = new SseInstruments(make)
    this.tool = new ToolInstruments(make)
    this.mcp = new McpInstruments(make)
    this.activeContext = options.activeContext ?? (() => context.active())
    this.now = options.now ?? (() => performance.now())
  }
}
