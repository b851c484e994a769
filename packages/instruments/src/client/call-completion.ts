import type { ClientRequest, IncomingMessage } from 'node:http'

/** How a call of `node:http` that has closed ended. */
export interface CallCompletion {
  /** An answer that is on no channel, as it ended HTTP: to a handshake or a `CONNECT`. */
  readonly otherProtocol?: IncomingMessage
  /** Why the call has not got all of its answer. */
  readonly failure?: unknown
}

/** As Node keeps it; `upgrade` means that another protocol is spoken from then on. */
type Answer = IncomingMessage & { readonly upgrade?: boolean | null }

/** As Node keeps it; `upgradeOrConnect` is set when a listener of the application gets the connection. */
type Request = ClientRequest & { readonly res?: Answer | null; readonly upgradeOrConnect?: boolean }

/** Returns how a call ended, once its request or its answer has closed. */
export function completionOf(request: Request): CallCompletion {
  const { res } = request
  if (res?.upgrade) {
    return request.upgradeOrConnect
      ? { otherProtocol: res }
      : { otherProtocol: res, failure: connectionClosed() }
  }
  // An answer that breaks off has no event `error` unless the application listens for one.
  if (res?.errored != null) return { failure: res.errored }
  return res?.complete ? {} : { failure: givenUp() }
}

/** A call or answer that the application gave up by itself, as `for await` does that is left early, has no error. */
function givenUp(): Error {
  return new DOMException('the application gave up the call', 'AbortError')
}

/** Node closes the connection without an error where the application has no listener for the other protocol. */
function connectionClosed(): Error {
  const message = 'Node closed the connection: nobody listens for the protocol of the answer'
  return Object.assign(new Error(message), { code: 'ECONNRESET' })
}
