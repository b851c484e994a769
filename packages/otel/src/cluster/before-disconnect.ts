/** The part of `process` that {@link runBeforeDisconnect} wraps. */
interface DisconnectingProcess {
  disconnect?: () => void
}

/**
 * Runs `work` each time that this process closes its IPC channel by `process.disconnect()`, as the methods `disconnect()` of
 * `node:cluster` do, before the channel is closed.
 * @param work must not throw
 * @returns stops it
 */
export function runBeforeDisconnect(work: () => void, target: DisconnectingProcess = process): () => void {
  const original = target.disconnect
  if (original === undefined) return () => {}
  let isActive = true
  const wrapped = function (this: unknown): void {
    if (isActive) work()
    Reflect.apply(original, this, [])
  }
  target.disconnect = wrapped
  return () => {
    isActive = false
    // If other code has wrapped it since, our wrapper stays in place and only passes calls on.
    if (target.disconnect === wrapped) target.disconnect = original
  }
}
