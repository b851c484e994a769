import { createRequire } from 'node:module'

/** Returns whether this process is a worker of `node:cluster`. Loads `node:cluster` only in a process with an IPC channel. */
export function isClusterWorker(): boolean {
  if (process.send === undefined) return false
  const { isWorker } = createRequire(import.meta.url)('node:cluster') as typeof import('node:cluster').default
  return isWorker
}

/** How to get the metrics of all workers of a cluster into one scrape if the primary does not run this package. */
export const CLUSTER_REMEDY =
  'Start the primary with --import @vr/otel/register too, or set VR_CLUSTER_SOCKET for all processes'
