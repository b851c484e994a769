/** The members of the npm package `ws`, which contains no types, that tests use. */
declare module 'ws' {
  import { EventEmitter } from 'node:events'
  import type { Server } from 'node:http'

  /** Options of a client. */
  export interface ClientOptions {
    /** Whether to offer compression, or from which size on messages are compressed. Default: true. */
    readonly perMessageDeflate?: boolean | { readonly threshold: number }
    /** The certificate of the authority to trust, PEM. */
    readonly ca?: string
    /** Further headers of the handshake. */
    readonly headers?: Readonly<Record<string, string>>
  }

  /** A client. */
  export default class WebSocket extends EventEmitter {
    constructor(url: string, options?: ClientOptions)
    send(data: string | Uint8Array, options?: { readonly fin: boolean }): void
    close(code?: number): void
  }

  /** Accepts the handshakes of a server. */
  export class WebSocketServer extends EventEmitter {
    constructor(options: { readonly server: Server })
    on(event: 'connection', listener: (socket: WebSocket) => void): this
  }
}
