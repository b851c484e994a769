import { isReservedHeader } from '@vr/otel-exporters'
import type { Codec } from './codecs.ts'
import { pairs } from './pair-codecs.ts'

/** HTTP headers. Values are limited to what HTTP allows (RFC 9110 section 5.5); reserved headers are rejected. */
export const headers: Codec<Readonly<Record<string, string>>> = {
  type: pairs.type,
  expected: 'key=value pairs separated by commas, values percent-encoded, of printable Latin-1 characters',
  parse(value, reject) {
    const parsed = pairs.parse(value)
    if (parsed === undefined || !Object.values(parsed).every(isHeaderValue)) return undefined
    const usable = Object.entries(parsed).filter(([name]) => {
      const isReserved = isReservedHeader(name)
      if (isReserved) reject?.(`${name}=***`, 'no header that the exporter sets or the protocol forbids')
      return !isReserved
    })
    return Object.fromEntries(usable)
  },
  format: pairs.format,
}

function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
