import type { Label } from './read-sample.ts'

/**
 * Returns a text that is equal for equal label sets, in any order. To Prometheus a label with an empty value is absent.
 * @param without label that does not belong to the set, such as `le`
 */
export function seriesKey(labels: readonly Label[], without?: string): string {
  let key = ''
  for (const [name, value] of isSorted(labels) ? labels : labels.toSorted(byName)) {
    if (name !== without && value !== '') key += `${name.length}:${name}${value.length}:${value}`
  }
  return key
}

function isSorted(labels: readonly Label[]): boolean {
  for (let at = 1; at < labels.length; at += 1) {
    if ((labels[at - 1] as Label)[0] > (labels[at] as Label)[0]) return false
  }
  return true
}

const byName = ([first]: Label, [second]: Label): number => (first < second ? -1 : 1)
