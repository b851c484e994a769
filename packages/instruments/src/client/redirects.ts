import { setImmediate } from '../real-timers.ts'
import { currentRequest } from '../request-context/current-request.ts'
import { ClientCallState } from './client-call-state.ts'

/** A call of undici, as its channels publish it. */
export interface UndiciCall {
  readonly origin: string | URL
  /** With the query. */
  readonly path: string
}

/** A call whose response is a redirect (RFC 9110 section 15.4), and its target. */
interface Redirect {
  readonly call: object
  readonly target: string
}

/**
 * Detects calls of `fetch` that follow a redirect. No channel of undici publishes this, but `fetch` makes such a call as soon
 * as it has the headers of the redirect. A call is taken for one if it has the target of the redirect, the same server
 * request, and is made in the same turn of the event loop. This also holds for a call that the application makes itself.
 */
export class Redirects {
  #pending: Redirect[] = []

  /** Called when the headers of a response have arrived; `headers` alternates names and values. */
  responseReceived(call: UndiciCall, status: number, headers: readonly unknown[]): void {
    if (status < 300 || status >= 400 || !ClientCallState.isOn(call)) return
    const target = locationIn(headers, call)
    if (target === undefined) return
    if (this.#pending.length === 0) setImmediate(() => (this.#pending = []))
    this.#pending.push({ call, target })
  }

  /** Returns how many redirects preceded a new call of the running code. */
  countBefore({ path, origin }: UndiciCall): number {
    if (this.#pending.length === 0) return 0
    const caller = currentRequest()
    const url = urlOf(path, origin)
    const at = this.#pending.findIndex(
      ({ call, target }) => target === url && ClientCallState.callerOf(call) === caller,
    )
    const [followed] = at < 0 ? [] : this.#pending.splice(at, 1)
    return followed === undefined ? 0 : ClientCallState.resendCountOf(followed.call) + 1
  }
}

function locationIn(headers: readonly unknown[], { path, origin }: UndiciCall): string | undefined {
  const at = headers.findIndex((name, i) => i % 2 === 0 && String(name).toLowerCase() === 'location')
  const base = urlOf(path, origin)
  return at < 0 || base === undefined ? undefined : urlOf(String(headers[at + 1]), base)
}

/** Returns an absolute URL without its fragment, which is not sent. */
function urlOf(reference: string, base: string | URL): string | undefined {
  return URL.parse(reference, String(base))?.href.split('#', 1)[0]
}
