/** Compares the engine's metrics on the gateway's endpoint with those on the engine's own. */
import { parseExposition, type Sample } from './exposition.ts'
import { poll } from './poll.ts'
import { type Scrape, scrape, seriesName, sumBy } from './scrape.ts'
import { type Demo, ENGINE_NAME } from './start-demo.ts'

/** Metrics in the summary, and their names there. */
const SHOWN = [
  ['requests', 'vllm:request_queue_time_seconds_count'],
  ['prompt tokens', 'vllm:prompt_tokens_total'],
  ['generation tokens', 'vllm:generation_tokens_total'],
  ['running', 'vllm:num_requests_running'],
] as const

const TIMEOUT_MS = 10_000

/** Result of the comparison. */
interface EngineSeries {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** Scrapes both endpoints until the engine has ended its last request and both have the same values. */
export async function compareEngineSeries(demo: Demo): Promise<EngineSeries> {
  const { series, problems } = await poll(
    () => compareOnce(demo),
    (result) => result.problems.length === 0,
    TIMEOUT_MS,
  )
  const shown = SHOWN.map(
    ([title, name]) => `${title} ${series.find((sample) => sample.name === name)?.value}`,
  )
  const lines = [
    `engine      ${shown.join(', ')}`,
    `            ${series.length} series on ${demo.metricsUrl} have the values of ${demo.engineUrl}/metrics`,
  ]
  return problems.length === 0 ? { lines, problems } : { lines: [], problems }
}

async function compareOnce(demo: Demo): Promise<{ series: readonly Sample[]; problems: readonly string[] }> {
  const series = parseExposition(await (await fetch(`${demo.engineUrl}/metrics`)).text())
  const scraped = await scrape(demo.metricsUrl)
  const problems = [
    ...differences(series, scraped, demo.metricsUrl),
    ...differentCounts(series, scraped, demo.prefix),
  ]
  return { series, problems }
}

/** Returns a message unless the engine has counted the calls that the gateway has counted. */
function differentCounts(ofEngine: readonly Sample[], { samples }: Scrape, prefix: string): string[] {
  const requests = ofEngine.find(({ name }) => name === 'vllm:request_queue_time_seconds_count')?.value
  const sums = sumBy(samples, `${prefix}upstream_attempts_total`, 'outcome')
  const attempts = [...sums.values()].reduce((sum, value) => sum + value, 0)
  return requests === attempts ? [] : [`the engine has counted ${requests} calls, the gateway ${attempts}`]
}

/** Returns a message for each series that differs, with the label `upstream` that the gateway adds. */
function differences(ofEngine: readonly Sample[], scraped: Scrape, url: string): string[] {
  if (scraped.problem !== undefined) return [scraped.problem]
  const onGateway = new Map(
    scraped.samples
      .filter(({ name }) => name.startsWith('vllm:'))
      .map(({ name, labels, value }) => [seriesOf(name, labels), value]),
  )
  const wrong = ofEngine.flatMap(({ name, labels, value }) => {
    const series = seriesOf(name, { ...labels, upstream: ENGINE_NAME })
    const got = onGateway.get(series)
    onGateway.delete(series)
    return got === value
      ? []
      : [`${series} on ${url}: the engine has ${value}, got ${got ?? 'no such series'}`]
  })
  return [
    ...wrong,
    ...[...onGateway.keys()].map((series) => `${series} on ${url}: the engine has no such series`),
  ]
}

/** OpenMetrics writes `le="1.0"` for the bucket that the text format may write as `le="1"`. */
function seriesOf(name: string, labels: Sample['labels']): string {
  const { le } = labels
  return seriesName(name, le === undefined ? labels : { ...labels, le: String(Number(le)) })
}
