import { getEnvironmentData, setEnvironmentData, threadId, type Worker } from 'node:worker_threads'
import { subscribeAll } from '@vr/otel-instruments/internal'
import { ThreadEndpoint } from './thread-endpoint.ts'

/** Key of the environment data that worker threads receive. */
const KEY = '@vr/otel'

/** The worker threads that this thread starts, and its place among them. */
export interface Threads {
  /** Whether the thread that started this one runs this package, and so receives the metrics of this one. */
  readonly isStarterRunning: boolean
  /** Which server of the process answers scrapes. */
  readonly endpoint: ThreadEndpoint
  /**
   * Calls `onStart` with each worker thread before it runs any code.
   * @returns stops it; threads that start later stand alone
   */
  watch(onStart: (worker: Worker) => void): () => void
}

/** Returns the threads of this thread. Environment data is inherited by each worker thread when it starts, with its preloads. */
export function findThreads(): Threads {
  const memory = getEnvironmentData(KEY)
  const isStarterRunning = memory instanceof SharedArrayBuffer
  const endpoint = isStarterRunning ? new ThreadEndpoint(threadId, memory) : new ThreadEndpoint(threadId)
  return {
    isStarterRunning,
    endpoint,
    watch(onStart) {
      setEnvironmentData(KEY, endpoint.memory)
      const unsubscribe = subscribeAll({
        worker_threads: ({ worker }: { readonly worker: Worker }) => onStart(worker),
      })
      return () => {
        unsubscribe()
        setEnvironmentData(KEY, undefined)
      }
    },
  }
}
