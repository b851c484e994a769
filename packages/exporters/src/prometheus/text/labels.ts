import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { isLegacyName, type NameKind } from '../naming/escaping.ts'
import type { LabelNaming } from '../naming/naming.ts'
import { escapeQuoted } from './escape-text.ts'

/** Labels of one series, sorted by name. Names are valid and unique. */
export type Labels = readonly (readonly [name: string, value: string])[]

/**
 * Converts attributes to labels. Values of keys that become the same label name are joined with `;` in the
 * order of the keys (compatibility rules). Values that are not text are written as JSON; undefined and null
 * are omitted.
 *
 * @param reserved label names of the exposition (`le`, scope and constant labels); an attribute with such a
 *   name gets the prefix `exported_`, as Prometheus does with labels of a target
 */
export function labelsOf(attributes: Attributes, naming: LabelNaming, reserved: ReadonlySet<string>): Labels {
  const labels: (readonly [string, string])[] = []
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key]
    if (value === undefined || value === null) continue
    labels.push([labelName(key, naming, reserved), valueText(value)])
  }
  return joinEqual(labels.sort(byName))
}

/** Removes labels with an empty value, which are equal to absent labels (Prometheus, "Data model"). */
export function presentLabels(labels: Labels): Labels {
  return labels.every(([, value]) => value !== '') ? labels : labels.filter(([, value]) => value !== '')
}

/**
 * Writes labels without the braces: `a="1",b="2"`. Uses `join`, since the texts are cached: a chain of
 * concatenated strings needs several times the memory and is traversed again in every scrape.
 */
export function renderLabels(labels: Labels): string {
  return labels.map(([name, value]) => `${quotedName(name, 'label')}="${escapeQuoted(value)}"`).join(',')
}

/** Returns a name as it is written: UTF-8 names are quoted. */
export function quotedName(name: string, kind: NameKind): string {
  return isLegacyName(name, kind) ? name : `"${escapeQuoted(name)}"`
}

/** Compares label names by code units, so that the order does not depend on the locale. */
export function byName(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}

/** Joins the values of equal names. Stable sorting keeps the order of their keys. */
function joinEqual(sorted: Labels): Labels {
  const isUnique = sorted.every(([name], at) => name !== sorted[at + 1]?.[0])
  if (isUnique) return sorted
  const joined = new Map<string, string>()
  for (const [name, value] of sorted) {
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before};${value}`)
  }
  return [...joined]
}

/** Returns the label name of an attribute key, with a prefix if the name is reserved. */
export function labelName(key: string, naming: LabelNaming, reserved: ReadonlySet<string>): string {
  let candidate = naming.label(key)
  while (reserved.has(candidate)) candidate = `exported_${candidate}`
  return candidate
}

/**
 * Converts a value to text. Never throws: a value that JSON cannot represent (a bigint, a cycle, a hostile
 * `toJSON`) becomes the name of its type.
 */
function valueText(value: AttributeValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value === 'bigint' ? String(value) : typeof value
  }
}
