import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { guardVoid } from '../patching/guard.ts'
import type { Undo } from '../patching/undo.ts'

/** The channel that `node:net` publishes every server on when it listens. */
const LISTENING = 'tracing:net.server.listen:asyncEnd'

/**
 * Calls a function with every server of the process that starts to listen, of any protocol.
 * @returns undoes it
 */
export function onServerListening(onServer: (server: object) => void): Undo {
  const onMessage = guardVoid('server_listening', ({ server }: { readonly server?: object }) => {
    if (server !== undefined) onServer(server)
  })
  const listener = (message: unknown): void => onMessage(message as { server?: object })
  subscribe(LISTENING, listener)
  return () => unsubscribe(LISTENING, listener)
}
