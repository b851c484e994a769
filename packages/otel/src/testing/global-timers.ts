import type { Clock } from '@vr/otel-metrics/internal'

type Internal = typeof import('@vr/otel-metrics/internal')

/** Returns timers that call the global ones, which vitest fakes: those of the package are captured when it is loaded. */
export function globalTimers({ settleWithin }: Internal): Partial<Internal> {
  const clock: Clock = {
    now: () => performance.now(),
    after(ms, task) {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
  }
  return {
    setInterval: ((...args: Parameters<typeof setInterval>) => setInterval(...args)) as typeof setInterval,
    clearInterval: ((timer: NodeJS.Timeout) => clearInterval(timer)) as typeof clearInterval,
    setImmediate: ((task: () => void) => setImmediate(task)) as typeof setImmediate,
    monotonicNow: () => performance.now(),
    settleWithin: (work, ms) => settleWithin(work, ms, { clock }),
  }
}
