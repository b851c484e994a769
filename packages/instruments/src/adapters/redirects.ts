import { CallStamp } from './call-stamp.ts'
import { setImmediate } from './real-timers.ts'

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
 * Finds the calls that follow a redirect of undici. Nothing that it publishes says so; but it makes them at once: `fetch`
 * when the headers of the redirect are there, an interceptor when the body is. So a call follows a redirect if it is made
 * in the same turn of the event loop, leads to its target, and is made in the same context; or if it is made right at the
 * end of the redirect, in whatever context the connection has.
 */
export class Redirects {
  #pending: Redirect[] = []
  #lastEnded: Redirect | undefined
  readonly #targets = new WeakMap<object, string>()

  /** The headers of an answer are there: names and values by turns. */
  answered(call: UndiciCall, status: number, headers: readonly unknown[]): void {
    if (status < 300 || status >= 400 || !CallStamp.isOn(call)) return
    const target = locationIn(headers, call)
    if (target === undefined) return
    this.#targets.set(call, target)
    this.#add({ call, target })
  }

  /** All of an answer is there. */
  ended(call: UndiciCall): void {
    const target = this.#targets.get(call)
    if (target === undefined) return
    this.#lastEnded = { call, target }
    this.#add(this.#lastEnded)
  }

  /**
   * Returns the call whose redirect a new call follows.
   * @param isMadeBy whether a call was made by the running code
   */
  followedBy(call: UndiciCall, isMadeBy: (call: object) => boolean): object | undefined {
    if (this.#pending.length === 0) return undefined
    const url = urlOf(call.path, call.origin)
    const followed =
      this.#pending.find((redirect) => redirect.target === url && isMadeBy(redirect.call)) ??
      (this.#lastEnded?.target === url ? this.#lastEnded : undefined)
    if (followed === undefined) return undefined
    this.#pending = this.#pending.filter((redirect) => redirect.call !== followed.call)
    if (this.#lastEnded?.call === followed.call) this.#lastEnded = undefined
    return followed.call
  }

  #add(redirect: Redirect): void {
    if (this.#pending.length === 0) setImmediate(() => this.#forget())
    this.#pending.push(redirect)
  }

  #forget(): void {
    this.#pending = []
    this.#lastEnded = undefined
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
