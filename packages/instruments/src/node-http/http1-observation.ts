import type { Socket } from 'node:net'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { IncomingRequest } from '../observation/http-heads.ts'
import { RequestObservation } from '../observation/request-observation.ts'

/**
 * The observation of an HTTP/1 request, with its connection. Node removes the socket from a request whose body was
 * destroyed (undici, `stream.pipeline`, a `for await` that was left early) and from a response that finished or was
 * detached.
 */
export class Http1Observation extends RequestObservation {
  readonly socket: Socket
  /** Whether the connection was idle for longer than the server allows: the response emitted `timeout`. */
  isIdle = false

  constructor(instruments: GatewayInstruments, request: IncomingRequest, socket: Socket) {
    super(instruments, request)
    this.socket = socket
  }
}
