import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { logger } from '../logger.ts'

/** The hooks of this project; those on a channel have its name. */
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
  'framework_route',
  'undici:request:create',
  'undici:client:sendHeaders',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
  'undici:websocket:open',
  'undici_instrumentation',
  'http.client.request.created',
  'http.client.request.error',
  'http.client.response.finish',
  'http_call_close',
] as const

/** The name of a hook, by which its errors are counted. */
export type Hook = (typeof HOOKS)[number]

/** The attribute `hook`. */
export const HOOK = {
  name: 'hook',
  values: HOOKS,
  overflow: 'other',
  description: 'hooks of this package; a hook on a diagnostics channel has the name of the channel',
} as const satisfies AttributeDefinition

const KNOWN: ReadonlySet<string> = new Set(HOOKS)

/** Counts the errors that hooks of this project throw, and logs the first one of each hook with its stack. */
export class InternalErrors {
  readonly #counts = new Map<string, number>()

  /** How many errors each hook has thrown since the process started; a hook without one is absent. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /**
   * A hook has thrown. Never throws.
   * @param error what it threw, which may be anything
   */
  report(hook: Hook, error: unknown): void {
    const label = KNOWN.has(hook) ? hook : HOOK.overflow
    const count = this.#counts.get(label) ?? 0
    this.#counts.set(label, count + 1)
    if (count > 0) return
    try {
      logger.error(
        `instruments: bug in the hook ${hook}: the application is not affected, its telemetry may be incomplete; please report it. Logged once, counted in vr_otel_internal_errors_total.`,
        stackOf(error),
      )
    } catch {
      // The logger is the application's where it has set one.
    }
  }
}

/** The errors of all hooks of this process. */
export const internalErrors = new InternalErrors()

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
