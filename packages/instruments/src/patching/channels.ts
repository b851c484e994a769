import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Hook } from '../instruments/internal-errors.ts'
import { guardVoid } from './guard.ts'

/** Hooks by the name of their channel. A hook is called with each message that the channel publishes. */
export type ChannelHooks = Readonly<Partial<Record<Hook, ChannelHook>>>

type ChannelHook = (message: never) => void

/**
 * Subscribes hooks to channels of `node:diagnostics_channel`. An error that a hook throws is counted and does not reach
 * the publisher.
 * @returns unsubscribes all hooks
 */
export function subscribeAll(hooks: ChannelHooks): () => void {
  const listeners = (Object.entries(hooks) as [Hook, ChannelHook][]).map(([name, hook]) => {
    const listener = guardVoid(name, (message: unknown) => hook(message as never))
    subscribe(name, listener)
    return [name, listener] as const
  })
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  }
}
