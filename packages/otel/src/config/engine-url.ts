import type { Codec } from './codecs.ts'
import { maskUrlCredentials } from './mask-url-credentials.ts'

/** The metrics endpoint of an engine. */
export interface EngineUrl {
  /** Value of the label `upstream`. */
  readonly name: string
  /** May have credentials. */
  readonly url: URL
}

/** Parses `http://…` or `name=http://…`; returns `undefined` if it is invalid. Without a name, it is `host:port`. */
export function parseEngineUrl(text: string): EngineUrl | undefined {
  const [, given, address = ''] = /^(?:([A-Za-z0-9_][\w.:-]{0,99})=)?(https?:\/\/.*)$/i.exec(text) ?? []
  const url = URL.parse(address)
  if (url === null || url.hostname === '') return undefined
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return { name: given ?? `${url.hostname}:${port}`, url }
}

const EXPECTED =
  'URLs http://… or name=http://… separated by commas; two with one host and port need different names'

/** Metrics endpoints of engines. Invalid ones, and those with the name of an earlier one, are rejected one by one. */
export const engineUrls: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected: EXPECTED,
  parse(value, reject) {
    const valid = new Map<string, string>()
    const invalid: string[] = []
    for (const part of value.split(',').map((text) => text.trim())) {
      if (part === '') continue
      const name = parseEngineUrl(part)?.name
      if (name === undefined || valid.has(name)) invalid.push(part)
      else valid.set(name, part)
    }
    if (valid.size === 0) return undefined
    for (const part of invalid) reject?.(maskUrlCredentials(part), EXPECTED)
    return [...valid.values()]
  },
  format: (value) => value.join(','),
}
