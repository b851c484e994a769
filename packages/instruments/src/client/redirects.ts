import { setImmediate } from '../real-timers.ts'
import { currentRequest } from '../request-context/current-request.ts'
import { ClientCallState } from './client-call-state.ts'

/** A call of undici, as its channels publish it. */
export interface UndiciCall {
  readonly origin: string | URL
  /** With the query. */
  readonly path: string
}

/** A call that was answered by a redirect (RFC 9110 section 15.4), and where that leads. */
interface Redirect {
  readonly call: object
  readonly target: string
}

/**
 * Finds the calls of `fetch` that follow a redirect. Nothing that undici publishes says so; but `fetch` makes them as soon
 * as it has the headers of the redirect. So a call follows a redirect if it leads to its target, is made in the same turn
 * of the event loop, and for the same request. A call of the application that does the same is one as well.
 */
export class Redirects {
  #pending: Redirect[] = []

  /** The headers of an answer are there: names and values by turns. */
  answered(call: UndiciCall, status: number, headers: readonly unknown[]): void {
    if (status < 300 || status >= 400 || !ClientCallState.isOn(call)) return
    const target = locationIn(headers, call)
    if (target === undefined) return
    if (this.#pending.length === 0) setImmediate(() => (this.#pending = []))
    this.#pending.push({ call, target })
  }

  /** Returns how many redirects a new call follows, which the running code makes. */
  before({ path, origin }: UndiciCall): number {
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

/** Without a fragment, which is not sent. */
function urlOf(reference: string, base: string | URL): string | undefined {
  return URL.parse(reference, String(base))?.href.split('#', 1)[0]
}
