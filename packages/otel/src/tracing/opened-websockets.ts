import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Span } from '@opentelemetry/api'

/** The local end of a connection. */
interface Address {
  readonly address: string
  readonly port: number
}

/**
 * Ends the spans of the WebSockets that an application opens as a client by the global `WebSocket`. Their instrumentation
 * begins them and hears no more: undici publishes nothing of a request that is answered with 101 but that the WebSocket
 * is open, by the local end of its connection.
 */
export class OpenedWebSockets {
  readonly #begun = new WeakMap<object, Span>()
  /** By the local ends of connections; what is refused stays until its port comes again, of which there are few. */
  readonly #asked = new Map<string, Span>()

  constructor() {
    subscribe('undici:client:sendHeaders', (message) => {
      const { request, socket } = message as { request: object; socket: Socket }
      if (!isHandshake(request)) return
      const span = this.#begun.get(request)
      const { localAddress: address = '', localPort: port = 0 } = socket
      if (span !== undefined) this.#asked.set(keyOf({ address, port }), span)
    })
    subscribe('undici:websocket:open', (message) => {
      const { address } = message as { address?: Address | null }
      if (address != null) this.#end(keyOf(address))
    })
  }

  /** Takes the span of a call, which is to be ended if it is a handshake that is accepted. */
  begin(span: Span, request: object): void {
    if (isHandshake(request)) this.#begun.set(request, span)
  }

  #end(key: string): void {
    const span = this.#asked.get(key)
    this.#asked.delete(key)
    span?.setAttribute('http.response.status_code', 101)
    span?.end()
  }
}

/** Whether a request of undici asks for another protocol. */
function isHandshake(request: { readonly upgrade?: unknown }): boolean {
  return Boolean(request.upgrade)
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`
}
