import type { McpStartupFailure } from '../tracing/mcp-tracer.ts'

type Reason = McpStartupFailure['reason']

/** Maximum number of servers with the same label whose failures are logged for one reason. */
export const MAX_LOGGED_SERVERS = 20

/**
 * Failed starts that were logged. Several servers may have the same label, so each has a key of its own. A command line or URL
 * may be different at each start, so at most {@link MAX_LOGGED_SERVERS} keys are kept of a label and reason; the labels are
 * bounded too.
 */
export class LoggedFailures {
  readonly #keys = new Map<string, Map<Reason, Set<string>>>()

  /** Adds a failure; returns whether it is to be logged. */
  add(label: string, reason: Reason, serverKey: string): boolean {
    const reasons = this.#keys.get(label) ?? new Map<Reason, Set<string>>()
    const keys = reasons.get(reason) ?? new Set<string>()
    if (keys.has(serverKey) || keys.size >= MAX_LOGGED_SERVERS) return false
    this.#keys.set(label, reasons.set(reason, keys.add(serverKey)))
    return true
  }

  /**
   * Called when a server has started: its next failure is logged again. If the maximum was reached, those of all servers with
   * its label are.
   */
  forget(label: string, serverKey: string): void {
    const reasons = this.#keys.get(label) ?? new Map<Reason, Set<string>>()
    for (const [reason, keys] of reasons) {
      if (keys.size >= MAX_LOGGED_SERVERS) keys.clear()
      keys.delete(serverKey)
      if (keys.size === 0) reasons.delete(reason)
    }
    if (reasons.size === 0) this.#keys.delete(label)
  }
}
