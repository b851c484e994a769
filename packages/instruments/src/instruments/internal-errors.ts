import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { logger } from '../logger.ts'

/** The hooks of this package, without those of frameworks. A hook on a diagnostics channel has the name of the channel. */
const HOOKS = [
  'server_listening',
  'server_wrap',
  'request_start',
  'request_filter',
  'request_interceptor',
  'request_trace',
  'request_context',
  'request_exception',
  'request_event',
  'request_malformed',
  'request_label',
  'in_flight',
  'request_count',
  'request_duration',
  'request_semconv',
  'request_span',
  'llama_stack',
  'vr.otel.metric_event',
  'response_headers',
  'response_detached',
  'response_end',
  'stream_chunk',
  'stream_end',
  'http2_request',
  'http2_close',
  'upgrade_start',
  'upgrade_answer',
  'upgrade_end',
  'websocket_record',
  'websocket_frames',
  'websocket_route',
  'websocket_compression',
  'websocket_turn',
  'genai_record',
  'llm_call_span',
  'upstream_attempt',
  'gateway_overhead',
  'tool_calls',
  'undici:request:create',
  'undici:request:bodyChunkSent',
  'undici:request:bodySent',
  'undici:client:sendHeaders',
  'undici:request:headers',
  'undici:request:bodyChunkReceived',
  'undici:request:trailers',
  'undici:request:error',
  'undici:websocket:open',
  'undici_instrumentation',
  'http.client.request.created',
  'http.client.request.error',
  'http.client.response.finish',
  'http_call_close',
  'llm_call',
  'mcp_connect',
  'mcp_send',
  'mcp_receive',
  'mcp_close',
  'mcp_end',
  'child_process',
  'worker_threads',
] as const

/** Name of a hook; errors are counted by it. The hooks that find the routes of a framework are `<framework>_route`. */
export type Hook = (typeof HOOKS)[number] | `${string}_route`

const names: string[] = [...HOOKS]

/** Adds the hooks of frameworks, whose list is in a higher layer. */
export function addFrameworkHooks(frameworks: readonly string[]): void {
  names.push(...frameworks.map((framework) => `${framework}_route`))
}

/** The attribute `hook`. */
export const HOOK = {
  name: 'hook',
  values: names,
  overflow: 'other',
  description: 'hooks of this package; a hook on a diagnostics channel has the name of the channel',
} as const satisfies AttributeDefinition

/** Counts errors thrown by hooks of this package, and logs the first error of each hook with its stack. */
export class InternalErrors {
  readonly #counts = new Map<string, number>()

  /** Number of errors since the process started, by hook. A hook without errors is absent. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /**
   * Called when a hook has thrown. Never throws.
   * @param error the thrown value, of any type
   */
  report(hook: Hook, error: unknown): void {
    const label = names.includes(hook) ? hook : HOOK.overflow
    const count = this.#counts.get(label) ?? 0
    this.#counts.set(label, count + 1)
    if (count > 0) return
    try {
      logger.error(
        `instruments: bug in the hook ${hook}: the application is not affected, its telemetry may be incomplete; please report it (further errors of this hook are counted in vr_otel_internal_errors_total, not logged)`,
        stackOf(error),
      )
    } catch {
      // The application's logger may throw.
    }
  }
}

/** Errors of all hooks in this process. */
export const internalErrors = new InternalErrors()

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
