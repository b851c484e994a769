import type { ChildProcess } from 'node:child_process'
import { settleWithin } from '@vr/otel-metrics/internal'

/** Longest delay of a disconnection, in milliseconds. */
const LIMIT_MS = 50

/**
 * Delays `child.disconnect()`, which the methods `disconnect()` of `node:cluster` call in the primary, until the child has pushed its
 * metrics: Node closes the channel at once, and drops what the child sends later.
 * @param flush resolves when the child has pushed; never rejects
 */
export function flushBeforeDisconnect(
  child: Pick<ChildProcess, 'connected' | 'disconnect'>,
  flush: () => Promise<unknown>,
): void {
  const { disconnect } = child
  let isWaiting = false
  child.disconnect = () => {
    // The second call: by Node, when the child has disconnected first, or by an application that does not wait.
    if (isWaiting || !child.connected) {
      Reflect.apply(disconnect, child, [])
      return
    }
    isWaiting = true
    void settleWithin(flush(), LIMIT_MS, { holds: true }).then(() => {
      if (child.connected) Reflect.apply(disconnect, child, [])
    })
  }
}
