import type { ClientRequest, IncomingMessage } from 'node:http'
import type { CallCompletion } from '../tracing/request-tracer.ts'

/**
 * `upgrade` is a property of Node's parser: the connection has switched to another protocol. Node sets `_dumped` when the
 * application destroys the request, but not when the connection breaks; both break the response with `ECONNRESET`.
 */
type Response = IncomingMessage & { readonly upgrade?: boolean | null; readonly _dumped?: boolean }

/** Properties of `ClientRequest`; `upgradeOrConnect` is set if a listener of the application received the connection. */
type Request = ClientRequest & { readonly res?: Response | null; readonly upgradeOrConnect?: boolean }

/** Returns how a call ended whose request or response has closed. */
export function completionOf(request: Request): CallCompletion {
  const { res } = request
  if (res?.upgrade) {
    return request.upgradeOrConnect
      ? { otherProtocol: res }
      : { otherProtocol: res, failure: connectionClosed() }
  }
  // A broken response emits `error` only if the application listens for it.
  if (res?.errored != null) return { failure: res._dumped === true ? aborted() : res.errored }
  return res?.complete ? {} : { failure: aborted() }
}

/** The application aborted without an error, for example by leaving a `for await` early. */
function aborted(): Error {
  return new DOMException('the application aborted the call', 'AbortError')
}

/** Node closes the connection without an error if the application has no listener for the other protocol. */
function connectionClosed(): Error {
  const message =
    'Node closed the connection: the application does not listen for the protocol of the response'
  return Object.assign(new Error(message), { code: 'ECONNRESET' })
}
