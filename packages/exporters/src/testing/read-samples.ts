import type { Family, NumberFamily } from '@vr/otel-metrics/engine'

/** A sample: its name, its labels in the order of their names, and its value. */
type SampleEntry = readonly [name: string, labels: string, value: string]

/** Returns the samples of parsed families under the names that they have in a format, in a fixed order. */
export function samplesOf(families: readonly Family[]): SampleEntry[] {
  const samples: SampleEntry[] = []
  const add = (name: string, labels: Readonly<Record<string, string>>, value: number | undefined): void => {
    if (value !== undefined) samples.push(sampleEntry(name, labels, value))
  }
  for (const family of families) {
    const { name } = family
    if (family.type === 'summary') {
      for (const { labels, quantiles, count, sum, created } of family.points) {
        for (const { quantile, value } of quantiles) add(name, { ...labels, quantile: `${quantile}` }, value)
        add(`${name}_count`, labels, count)
        add(`${name}_sum`, labels, sum)
        add(`${name}_created`, labels, created)
      }
    } else if (family.type === 'histogram' || family.type === 'gaugehistogram') {
      const g = family.type === 'histogram' ? '' : 'g'
      for (const { labels, buckets, count, sum, created } of family.points) {
        for (const bucket of buckets)
          add(`${name}_bucket`, { ...labels, le: `${bucket.bound}` }, bucket.count)
        add(`${name}_${g}count`, labels, count)
        add(`${name}_${g}sum`, labels, sum)
        add(`${name}_created`, labels, created)
      }
    } else {
      for (const { labels, value, created } of (family as NumberFamily).points) {
        add(name, labels, value)
        add(name.replace(/(_total)?$/, '_created'), labels, created)
      }
    }
  }
  return samples.sort(byText)
}

/** Returns a sample with its bound as a number, without empty labels. */
export function sampleEntry(
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
): SampleEntry {
  const entries = Object.entries(labels)
    .filter(([, text]) => text !== '')
    .map(([label, text]) => [label, label === 'le' || label === 'quantile' ? boundText(text) : text])
  return [name, JSON.stringify(entries.sort()), `${value}`]
}

/** Returns a bound as JavaScript writes numbers. A gauge can have a label `le` that is no number. */
function boundText(text: string): string {
  const bound = Number(text.replace('+Inf', 'Infinity'))
  return Number.isNaN(bound) ? text : `${bound}`
}

/** Compares samples, for a fixed order. */
export function byText(first: SampleEntry, second: SampleEntry): number {
  return first.join('\n') < second.join('\n') ? -1 : 1
}
