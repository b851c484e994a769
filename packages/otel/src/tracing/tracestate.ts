import type { TraceState } from '@opentelemetry/api'

/** W3C Trace Context section 3.3.1.1. */
const MAX_MEMBERS = 32

/** Section 3.3.1.3.1 of level 2, which accepts all keys of level 1. */
const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/

/** Printable ASCII without comma and equals sign, not ending with a space (section 3.3.1.3.2). */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** The members of a `tracestate`, the newest first. Immutable. */
class Members implements TraceState {
  readonly #members: readonly (readonly [key: string, value: string])[]

  constructor(members: readonly (readonly [string, string])[]) {
    this.#members = members
  }

  get(key: string): string | undefined {
    return this.#members.find(([name]) => name === key)?.[1]
  }

  set(key: string, value: string): TraceState {
    if (!KEY.test(key) || !VALUE.test(value)) return this
    return new Members([[key, value] as const, ...this.#without(key)].slice(0, MAX_MEMBERS))
  }

  unset(key: string): TraceState {
    return new Members(this.#without(key))
  }

  serialize(): string {
    return this.#members.map(([key, value]) => `${key}=${value}`).join(',')
  }

  #without(key: string): (readonly [string, string])[] {
    return this.#members.filter(([name]) => name !== key)
  }
}

/**
 * Parses a `tracestate` header (W3C Trace Context). One invalid member, or more than 32, makes the whole header invalid, as
 * the specification requires.
 * @returns `undefined` if it is invalid or empty; the trace continues without it
 */
export function parseTracestate(header: string): TraceState | undefined {
  const members: [string, string][] = []
  for (const part of header.split(',')) {
    const member = withoutOuterBlanks(part)
    if (member === '') continue
    const equals = member.indexOf('=')
    const [key, value] = [member.slice(0, equals), member.slice(equals + 1)]
    if (equals < 0 || !KEY.test(key) || !VALUE.test(value)) return undefined
    members.push([key, value])
  }
  return members.length === 0 || members.length > MAX_MEMBERS ? undefined : new Members(members)
}

/** Removes optional white space (RFC 9110 section 5.6.3). No regular expression, because `/[ \t]+$/` takes quadratic time. */
function withoutOuterBlanks(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
