/** How long a flush may hold up the end of the process, in milliseconds. */
export const FLUSH_BUDGET_MS = 1000

/** What the end of a process is told through; `process`, or a stand-in with its events. */
type ProcessLike = Pick<NodeJS.Process, 'on' | 'prependListener' | 'off' | 'listenerCount' | 'kill' | 'pid'>

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Flushes when the process is about to end, and lets it end as it would have: a signal that the application does not
 * handle still kills the process by that signal, one that it handles is left to it, a second signal kills at once, and
 * a process that runs out of work exits with its own code. `process.exit` leaves no time for anything asynchronous.
 * @param flush settles within {@link FLUSH_BUDGET_MS}, never rejects
 * @param abandon gives up what has not been sent by then, so that a process out of work can end
 * @returns stops it
 */
export function flushAtEnd(
  flush: () => Promise<void>,
  abandon: () => void,
  target: ProcessLike = process,
): () => void {
  let isFlushing = false
  const onSignal = (signal: NodeJS.Signals): void => {
    const isHandledByApplication = target.listenerCount(signal) > 1
    if (isHandledByApplication) {
      void flush()
      return
    }
    const dieByIt = (): void => {
      target.off(signal, onSignal)
      target.kill(target.pid, signal)
    }
    if (isFlushing) dieByIt()
    else void flush().then(dieByIt)
    isFlushing = true
  }
  const onBeforeExit = (): void => {
    target.off('beforeExit', onBeforeExit)
    void flush().then(abandon)
  }
  // First, so that a listener of the application that is there only once is still counted.
  for (const signal of SIGNALS) target.prependListener(signal, onSignal)
  target.on('beforeExit', onBeforeExit)
  return () => {
    for (const signal of SIGNALS) target.off(signal, onSignal)
    target.off('beforeExit', onBeforeExit)
  }
}

/** Settles when `work` does or `timeoutMs` have passed, whichever is first; never rejects. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([work.catch(() => {}), tooLong])
  clearTimeout(timer)
}
