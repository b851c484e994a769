import { decodeDelimiters } from './percent-decoding.ts'

/** A secret in a text, from `start` to `end` (exclusive). */
export interface Secret {
  readonly start: number
  readonly end: number
  readonly isUserInfo: boolean
}

/** The syntax of parameters in a part of a URL. */
interface ParameterSyntax {
  /** Matches the name of a parameter and its equals sign. Linear: a match starts after a delimiter and contains none. */
  readonly name: RegExp
  /** Returns a pattern of the characters that end a value, given the character before the name. */
  readonly endOfValue: (before: string | undefined) => RegExp
}

const AMPERSAND = /&/g
const AMPERSAND_OR_SEMICOLON = /[&;]/g
const SEMICOLON_OR_SLASH = /[;/]/g

/** Parameters of a path segment (RFC 3986 section 3.3): `/p;jsessionid=…/x`. */
const PATH: ParameterSyntax = { name: /(?<=;)[^;=/]+=/g, endOfValue: () => SEMICOLON_OR_SLASH }

/**
 * WHATWG URLs separate parameters by `&`, some servers also by `;`. A client that appends `?key=…` to a URL with a query adds
 * a second `?`. A value ends at `;` only if its name starts after one: `token=a;b` is one value for most servers.
 */
const QUERY: ParameterSyntax = {
  name: /(?<![^?&;])[^?&;=]+=/g,
  endOfValue: (before) => (before === ';' ? AMPERSAND_OR_SEMICOLON : AMPERSAND),
}

/** The syntax of a query, also after a route of a single-page application: `#!code=…`, `#/callback/access_token=…`. */
const FRAGMENT: ParameterSyntax = { ...QUERY, name: /(?<![^?&;!/#])[^?&;!/#=]+=/g }

/**
 * User information of a URL (RFC 3986 section 3.2.1) and what precedes it. It ends at the last `@` of the authority. A URL
 * for a browser may have `\` instead of `/`.
 */
const USER_INFO = /^((?:[a-z][a-z0-9+.-]*:)?[/\\]{2})([^/?#\\]+)@/i

/** User information of a URL in the path or the query of another URL, without percent-encoding. */
const INNER_USER_INFO = /(?<=[:=]\/\/)[^/?#\\&]+(?=@)/g

/** Maximum depth of URLs within URLs. Each level is percent-encoded once more. */
const MAX_LEVELS = 3

/** Finds secrets in URLs in linear time, including those of percent-encoded URLs in their paths and parameters. */
export class UrlSecrets {
  readonly #isSecretName: (encodedName: string) => boolean

  /** @param isSecretName returns whether the value of a parameter is a secret, given its encoded name */
  constructor(isSecretName: (encodedName: string) => boolean) {
    this.#isSecretName = isSecretName
  }

  /** Returns the secrets of an absolute URL or of a path with an optional query, unordered; they may overlap. */
  ofUrl(url: string): Secret[] {
    const found: Secret[] = []
    this.#url(url, 0, identity, found)
    return found
  }

  /** Returns the secrets of a query, with or without `?`, unordered; they may overlap. */
  ofQuery(query: string): Secret[] {
    const found: Secret[] = []
    this.#parameters(query, 0, QUERY, 0, identity, found)
    return found
  }

  #url(url: string, level: number, place: (index: number) => number, found: Secret[]): void {
    const end = url.search(/[?#]/)
    const base = end < 0 ? url : url.slice(0, end)
    const [, before, userInfo] = USER_INFO.exec(base) ?? []
    if (before !== undefined && userInfo !== undefined) {
      found.push(secret(before.length, userInfo.length, place, true))
    }
    this.#parameters(base, 0, PATH, level, place, found)
    if (end < 0) return
    const hash = url.indexOf('#', end)
    this.#parameters(hash < 0 ? url.slice(end) : url.slice(end, hash), end, QUERY, level, place, found)
    if (hash >= 0) this.#parameters(url.slice(hash), hash, FRAGMENT, level, place, found)
  }

  /** Finds the secrets of a part of a URL that starts at `offset`. */
  #parameters(
    part: string,
    offset: number,
    { name, endOfValue }: ParameterSyntax,
    level: number,
    place: (index: number) => number,
    found: Secret[],
  ): void {
    name.lastIndex = 0
    for (let match = name.exec(part); match !== null; match = name.exec(part)) {
      if (!this.#isSecretName(match[0].slice(0, -1))) continue
      const start = name.lastIndex
      const end = nextIndex(endOfValue(part[match.index - 1]), part, start)
      found.push(secret(offset + start, end - start, place, false))
      name.lastIndex = end
    }
    for (const { index, 0: userInfo } of part.matchAll(INNER_USER_INFO)) {
      found.push(secret(offset + index, userInfo.length, place, true))
    }
    if (level < MAX_LEVELS && part.includes('%')) this.#encoded(part, offset, level, place, found)
  }

  /** Finds the secrets of percent-encoded URLs between two `&`; the `&` of such a URL is encoded too. */
  #encoded(
    part: string,
    offset: number,
    level: number,
    place: (index: number) => number,
    found: Secret[],
  ): void {
    const isDelimited = part.startsWith('?') || part.startsWith('#')
    for (let start = isDelimited ? 1 : 0; start <= part.length; ) {
      const end = nextIndex(AMPERSAND, part, start)
      const decoded = decodeDelimiters(part.slice(start, end))
      if (decoded !== undefined) {
        const before = offset + start
        this.#url(decoded.text, level + 1, (index) => place(before + decoded.encodedIndex(index)), found)
      }
      start = end + 1
    }
  }
}

function secret(
  start: number,
  length: number,
  place: (index: number) => number,
  isUserInfo: boolean,
): Secret {
  return { start: place(start), end: place(start + length), isUserInfo }
}

/** Returns the index of the next match at or after `from`, or the length of the text. */
function nextIndex(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? text.length
}

function identity(index: number): number {
  return index
}
