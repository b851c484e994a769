import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Hook } from '../instruments/internal-errors.ts'
import { guardVoid } from './guard.ts'

/** By the name of a channel: what is done with each message that it publishes. */
export type ChannelHooks = Readonly<Partial<Record<Hook, ChannelHook>>>

type ChannelHook = (message: never) => void

/**
 * Subscribes to channels of `node:diagnostics_channel`. An error that a hook throws is reported, and does not reach the
 * code that publishes.
 * @returns unsubscribes from all of them
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
