import type { MergeRule } from '@vr/otel-instruments'
import { type Codec, oneOf } from './codecs.ts'

const rule = oneOf('sum', 'max', 'min', 'mean', 'last', 'by_worker')

const EXPECTED =
  'name=rule pairs separated by commas: the name of an instrument, and one of sum, max, min, mean, last, by_worker'

/** Merge rules of gauges, by the name of the instrument. Invalid pairs are rejected one by one. */
export const gaugeRules: Codec<Readonly<Record<string, MergeRule>>> = {
  type: `Readonly<Record<string, ${rule.type}>>`,
  expected: EXPECTED,
  parse(value, reject) {
    const rules = new Map<string, MergeRule>()
    const invalid: string[] = []
    for (const part of value.split(',').map((text) => text.trim())) {
      const [, name, word = ''] = /^([A-Za-z][\w.:/-]{0,254})\s*=\s*(\w+)$/.exec(part) ?? []
      const parsed = rule.parse(word)
      if (name !== undefined && parsed !== undefined) rules.set(name, parsed)
      else if (part !== '') invalid.push(part)
    }
    if (rules.size === 0) return undefined
    for (const part of invalid) reject?.(part, EXPECTED)
    return Object.fromEntries(rules)
  },
  format: (value) =>
    Object.entries(value)
      .map(([name, word]) => `${name}=${word}`)
      .join(','),
}
