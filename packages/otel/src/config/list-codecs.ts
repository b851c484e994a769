import { API_ROUTES, isPathTemplate } from '@vr/otel-instruments/internal'
import { type Codec, oneOf, unionOf, urlPath } from './codecs.ts'
import { allDefined, splitList } from './split-list.ts'

/** Words of a closed set, separated by commas. */
export function someOf<const Word extends string>(...words: readonly Word[]): Codec<readonly Word[]> {
  const word = oneOf(...words)
  return {
    type: listOf(words),
    expected: `some of ${words.join(', ')}, separated by commas`,
    parse: (value) => allDefined(splitList(value).map((part) => word.parse(part))),
    format: (value) => value.join(','),
  }
}

/**
 * Words of a closed set, separated by commas, or `none` alone for an empty list. If at least one word is known, unknown
 * words are rejected one by one.
 */
export function someOrNone<const Word extends string>(...words: readonly Word[]): Codec<readonly Word[]> {
  const expected = `${words.join(' or ')}, several separated by commas, or none alone; others are not supported`
  return {
    type: listOf(words),
    expected,
    parse(value, reject) {
      const given = [...new Set(splitList(value.toLowerCase()))]
      if (given.join() === 'none') return []
      const known = words.filter((word) => given.includes(word))
      if (known.length === 0) return undefined
      for (const word of given) if (!known.some((other) => other === word)) reject?.(word, expected)
      return known
    },
    format: (value) => (value.length === 0 ? 'none' : value.join(',')),
  }
}

/**
 * Words of a closed set: listed, or as changes (`+word`, `-word`) of `standard`. The word `default` adds all of
 * `standard`.
 */
export function selection<const Word extends string>(
  words: readonly Word[],
  standard: readonly Word[],
): Codec<readonly Word[]> {
  const word = oneOf(...words)
  const apply = (selected: Set<Word>, part: string): boolean => {
    const [, sign, name = ''] = /^([+-]?)(.*)$/.exec(part) ?? []
    const found = name === 'default' && sign === '' ? standard : [word.parse(name)]
    for (const item of found) {
      if (item === undefined) return false
      if (sign === '-') selected.delete(item)
      else selected.add(item)
    }
    return true
  }
  return {
    type: listOf(words),
    expected: `default, or some of ${words.join(', ')}, separated by commas; +name and -name change the default`,
    parse(value) {
      const parts = splitList(value)
      const selected = new Set(/^[+-]/.test(parts[0] ?? '') ? standard : [])
      const isValid = parts.every((part) => apply(selected, part))
      return isValid ? words.filter((item) => selected.has(item)) : undefined
    },
    format: (value) => value.join(','),
  }
}

/** Names separated by commas. */
export const names: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected: 'names separated by commas',
  parse: splitList,
  format: (value) => value.join(','),
}

/** Paths separated by commas. */
export const urlPaths: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected: 'paths that begin with "/", separated by commas',
  parse: (value) => allDefined(splitList(value).map((part) => urlPath.parse(part))),
  format: (value) => value.join(','),
}

/** Templates of paths, separated by commas; `default` adds all of {@link API_ROUTES}. */
export const pathTemplates: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected:
    'paths that begin with "/", with placeholders such as {id} as whole segments, or default, separated by commas',
  parse(value, reject) {
    const parts = splitList(value)
    const valid = parts.filter((part) => part === 'default' || isPathTemplate(part))
    if (valid.length === 0) return undefined
    for (const part of parts) if (!valid.includes(part)) reject?.(part, pathTemplates.expected)
    return valid.flatMap((part) => (part === 'default' ? API_ROUTES : [part]))
  },
  format: (value) => value.join(','),
}

function listOf(words: readonly string[]): string {
  return words.length === 1 ? `readonly ${unionOf(words)}[]` : `readonly (${unionOf(words)})[]`
}
