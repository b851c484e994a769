/** What the gateway shows on its `/metrics`. */
import { COUNTED_FAMILIES, type ExpectedSample } from '../driver/expected.ts'
import { type Labels, parseExposition, type Sample } from './exposition.ts'

/** A scrape: the samples, or the sentence that says why there are none. */
export interface Scrape {
  readonly samples: readonly Sample[]
  readonly problem?: string
}

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0'

/** Asks for OpenMetrics, as only that has exemplars. */
export async function scrape(url: string): Promise<Scrape> {
  try {
    const answer = await fetch(url, { headers: { accept: OPENMETRICS } })
    const type = answer.headers.get('content-type') ?? 'no content type'
    const text = await answer.text()
    if (answer.status !== 200) return { samples: [], problem: `${url} answered ${answer.status}` }
    if (!type.startsWith('application/openmetrics-text')) {
      return { samples: [], problem: `${url} answered ${type} when asked for OpenMetrics` }
    }
    return { samples: parseExposition(text) }
  } catch (error) {
    return { samples: [], problem: `${url} cannot be read: ${String(error)}` }
  }
}

/** One sentence for each series that is not as expected, or that nobody expects. */
export function differences(expected: readonly ExpectedSample[], scraped: Scrape, prefix: string): string[] {
  if (scraped.problem !== undefined) return [scraped.problem]
  const families = new Set<string>([...COUNTED_FAMILIES, ...expected.map((sample) => sample.name)])
  const counted = scraped.samples.filter(
    ({ name }) => name.startsWith(prefix) && families.has(name.slice(prefix.length)),
  )
  const actual = new Map(counted.map((sample) => [seriesName(sample.name, sample.labels), sample.value]))
  const missing = expected.flatMap(({ name, labels, value }) => {
    const series = seriesName(prefix + name, labels)
    const got = actual.get(series)
    actual.delete(series)
    return got === value ? [] : [`${series} is ${got ?? 'missing'}, but ${value} was driven`]
  })
  return [
    ...missing,
    ...[...actual].map(([series, value]) => `${series} is ${value}, but nothing was driven`),
  ]
}

/** The values of a family, summed by one label; an empty map if there is no such series. */
export function sumBy(samples: readonly Sample[], name: string, label: string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const sample of samples) {
    if (sample.name !== name) continue
    const key = sample.labels[label] ?? ''
    sums.set(key, (sums.get(key) ?? 0) + sample.value)
  }
  return sums
}

/** The name of a series as Prometheus writes it, labels in alphabetical order. */
export function seriesName(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.length === 0 ? name : `${name}{${pairs.map(([key, value]) => `${key}="${value}"`).join(',')}}`
}
