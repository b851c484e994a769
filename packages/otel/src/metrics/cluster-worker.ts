import { createRequire } from 'node:module'

/** Whether this process is a worker of `node:cluster`, which is only looked at in a process that has a parent's channel. */
export function isClusterWorker(): boolean {
  if (process.send === undefined) return false
  const { isWorker } = createRequire(import.meta.url)('node:cluster') as typeof import('node:cluster').default
  return isWorker
}
