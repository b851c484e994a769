import type { Socket } from 'node:net'
import type { Span } from '@opentelemetry/api'
import { subscribeAll } from '@vr/otel-instruments/internal'
import { getUndiciSpan } from './undici-span.ts'

/** The local address of a connection. */
interface Address {
  readonly address: string
  readonly port: number
}

/**
 * Ends the client spans of the global `WebSocket` when the connection is open. The instrumentation of undici starts these
 * spans, but undici publishes only the event `undici:websocket:open` for a response with status 101. That event
 * has the local address of the connection, not the request.
 * @returns stops it
 */
export function endWebSocketClientSpans(): () => void {
  /** By local address. An entry of a refused handshake stays until the same port is used again; these are few. */
  const handshakes = new Map<string, Span>()
  return subscribeAll({
    'undici:client:sendHeaders': ({ request, socket }: { request: Call; socket: Socket }) => {
      const span = request.upgrade ? getUndiciSpan(request) : undefined
      if (span === undefined) return
      const { localAddress: address = '', localPort: port = 0 } = socket
      handshakes.set(keyOf({ address, port }), span)
    },
    'undici:websocket:open': ({ address }: { address?: Address | null }) => {
      if (address == null) return
      const span = handshakes.get(keyOf(address))
      handshakes.delete(keyOf(address))
      span?.setAttribute('http.response.status_code', 101)
      span?.end()
    },
  })
}

/** A request of undici; `upgrade` is the requested protocol. */
interface Call {
  readonly upgrade?: unknown
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`
}
