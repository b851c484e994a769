import type { Socket } from 'node:net'
import type { Span } from '@opentelemetry/api'
import { getClientSpan, subscribeAll } from '@vr/otel-instruments/internal'

/** The local end of a connection. */
interface Address {
  readonly address: string
  readonly port: number
}

/**
 * Ends the spans of the WebSockets that an application opens as a client by the global `WebSocket`, from now on. Their
 * instrumentation begins them and gets no more messages: undici publishes nothing of a request that is answered with 101
 * but that the WebSocket is open, by the local end of its connection.
 * @returns undoes it
 */
export function endWebSocketClientSpans(): () => void {
  /** By the local ends of connections; what is refused stays until its port comes again, of which there are few. */
  const asked = new Map<string, Span>()
  return subscribeAll({
    'undici:client:sendHeaders': ({ request, socket }: { request: Call; socket: Socket }) => {
      const span = request.upgrade ? getClientSpan(request) : undefined
      if (span === undefined) return
      const { localAddress: address = '', localPort: port = 0 } = socket
      asked.set(keyOf({ address, port }), span)
    },
    'undici:websocket:open': ({ address }: { address?: Address | null }) => {
      if (address == null) return
      const span = asked.get(keyOf(address))
      asked.delete(keyOf(address))
      span?.setAttribute('http.response.status_code', 101)
      span?.end()
    },
  })
}

/** A request of undici; `upgrade` names another protocol that it asks for. */
interface Call {
  readonly upgrade?: unknown
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`
}
