import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { isLegacyName, type NameKind } from '../naming/escaping.ts'
import type { Naming } from '../naming/naming.ts'
import { escapeQuoted } from './escape-text.ts'

/** Label names and values of one series, sorted by name, names unique and valid. */
export type Labels = readonly (readonly [name: string, value: string])[]

/**
 * Labels from attributes. Keys that become the same label name are joined with `;` in the order of the
 * keys (compatibility rules); values that are not text are JSON; undefined and null values are left out.
 *
 * @param reserved names that the exposition gives itself (`le`, scope and constant labels): an attribute
 *   with such a name is called `exported_…`, as Prometheus does with labels of a target
 */
export function labelsOf(attributes: Attributes, naming: Naming, reserved: ReadonlySet<string>): Labels {
  const labels: (readonly [string, string])[] = []
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key]
    if (value === undefined || value === null) continue
    labels.push([free(naming.label(key), reserved), valueText(value)])
  }
  return joinEqual(labels.sort(byName))
}

/** Labels without those of an empty value, which are the same as no label (Prometheus, "Data model"). */
export function presentLabels(labels: Labels): Labels {
  return labels.every(([, value]) => value !== '') ? labels : labels.filter(([, value]) => value !== '')
}

/**
 * The inside of the braces: `a="1",b="2"`. Joined and not concatenated: these texts are kept, and a chain of
 * pieces would take several times the memory and be walked again in every scrape.
 */
export function renderLabels(labels: Labels): string {
  return labels.map(([name, value]) => `${quotedName(name, 'label')}="${escapeQuoted(value)}"`).join(',')
}

/** A name as it is written: UTF-8 names are quoted. */
export function quotedName(name: string, kind: NameKind): string {
  return isLegacyName(name, kind) ? name : `"${escapeQuoted(name)}"`
}

/** Order of label names; plain comparison of code units, so that it is the same everywhere. */
export function byName(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}

/** Sorting keeps the order of equal names, which is that of their keys. */
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

function free(name: string, reserved: ReadonlySet<string>): string {
  let candidate = name
  while (reserved.has(candidate)) candidate = `exported_${candidate}`
  return candidate
}

/** Never throws: what JSON cannot write (a bigint, a cycle, a hostile `toJSON`) becomes its type's name. */
function valueText(value: AttributeValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value === 'bigint' ? String(value) : typeof value
  }
}
