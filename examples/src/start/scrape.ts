/** Reads and checks the gateway's `/metrics`. */
import { CHECKED_METRICS, type ExpectedSample } from '../load-generator/expected-samples.ts'
import { type Labels, parseExposition, type Sample } from './exposition.ts'

/** Result of a scrape: the samples, or the problem that prevented it. */
export interface Scrape {
  readonly samples: readonly Sample[]
  readonly problem?: string
}

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0'

/**
 * Scrapes in OpenMetrics format, the only one with exemplars.
 *
 * @param headers further request headers
 */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  try {
    const answer = await fetch(url, { headers: { accept: OPENMETRICS, ...headers } })
    const type = answer.headers.get('content-type') ?? 'no content type'
    const text = await answer.text()
    if (answer.status !== 200) return { samples: [], problem: `${url} answered with status ${answer.status}` }
    if (!type.startsWith('application/openmetrics-text')) {
      return { samples: [], problem: `${url} answered with ${type} instead of OpenMetrics` }
    }
    return { samples: parseExposition(text) }
  } catch (error) {
    return { samples: [], problem: `${url} cannot be read: ${String(error)}` }
  }
}

/** Returns a message for each missing, wrong or unexpected series. */
export function differences(expected: readonly ExpectedSample[], scraped: Scrape, prefix: string): string[] {
  if (scraped.problem !== undefined) return [scraped.problem]
  const families = new Set<string>([...CHECKED_METRICS, ...expected.map((sample) => sample.name)])
  const counted = scraped.samples.filter(
    ({ name }) => name.startsWith(prefix) && families.has(name.slice(prefix.length)),
  )
  const actual = new Map(counted.map((sample) => [seriesName(sample.name, sample.labels), sample.value]))
  const missing = expected.flatMap(({ name, labels, value }) => {
    const series = seriesName(prefix + name, labels)
    const got = actual.get(series)
    actual.delete(series)
    return got === value ? [] : [`${series}: expected ${value}, got ${got ?? 'no such series'}`]
  })
  return [
    ...missing,
    ...[...actual].map(([series, value]) => `${series}: expected no such series, got ${value}`),
  ]
}

/** Sums the values of a metric by one label. Returns an empty map if the metric has no series. */
export function sumBy(samples: readonly Sample[], name: string, label: string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const sample of samples) {
    if (sample.name !== name) continue
    const key = sample.labels[label] ?? ''
    sums.set(key, (sums.get(key) ?? 0) + sample.value)
  }
  return sums
}

/** Formats a series in Prometheus notation, with labels in alphabetical order. */
export function seriesName(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.length === 0 ? name : `${name}{${pairs.map(([key, value]) => `${key}="${value}"`).join(',')}}`
}
