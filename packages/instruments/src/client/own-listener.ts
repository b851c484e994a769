import type { EventEmitter } from 'node:events'

/**
 * Raises the limit of listeners by one, for a listener of this package: Node warns of a memory leak as soon as the application
 * has more listeners than without it.
 */
export function allowListener(emitter: EventEmitter): void {
  const limit = emitter.getMaxListeners()
  if (limit > 0) emitter.setMaxListeners(limit + 1) // 0: no limit
}
