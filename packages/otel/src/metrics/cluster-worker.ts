import { createRequire } from 'node:module'

/** Returns whether this process is a worker of `node:cluster`. Loads `node:cluster` only in a process with an IPC channel. */
export function isClusterWorker(): boolean {
  if (process.send === undefined) return false
  const { isWorker } = createRequire(import.meta.url)('node:cluster') as typeof import('node:cluster').default
  return isWorker
}
