import type { Socket } from 'node:net'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { type IncomingRequest, RequestObservation } from '../observation/request-observation.ts'

/**
 * The observation of a request of HTTP/1, with its connection: Node takes the socket off a request whose body was
 * destroyed (undici, `stream.pipeline`, a `for await` that was left early) and off a response that is finished or detached.
 */
export class Http1Observation extends RequestObservation {
  readonly socket: Socket
  /** Whether Node has reported that the connection was idle for longer than the server allows. */
  isIdle = false

  constructor(instruments: GatewayInstruments, request: IncomingRequest, socket: Socket) {
    super(instruments, request)
    this.socket = socket
  }
}
