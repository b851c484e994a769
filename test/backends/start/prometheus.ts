import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { freePorts } from './ports.ts'
import { fetchJson, waitFor } from './wait.ts'

const CONFIG = `global: { scrape_interval: 1s, scrape_timeout: 1s }
storage: { exemplars: { max_exemplars: 100000 } }
scrape_configs:
  - job_name: vr
    file_sd_configs: [{ files: ["targets.json"] }]
`

/** One series of an answer to a query. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** An exemplar that Prometheus has stored. */
export interface StoredExemplar {
  readonly series: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** A target as Prometheus reports it. */
export interface Target {
  readonly health: string
  readonly lastError: string
}

/**
 * Starts a Prometheus that scrapes every second.
 * @param more flags of this version
 */
export async function startPrometheus(
  title: string,
  file: string,
  more: readonly string[],
): Promise<Prometheus> {
  const [port = 0] = await freePorts(1)
  const daemon = new Daemon(title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'))
  await writeFile(join(daemon.folder, 'prometheus.yml'), CONFIG)
  await writeFile(join(daemon.folder, 'targets.json'), '[]')
  const origin = `http://127.0.0.1:${port}`
  const args = [
    '--config.file=prometheus.yml',
    `--storage.tsdb.path=${join(daemon.folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
    // A hidden flag: new targets are scraped at once instead of after 5 s.
    '--scrape.discovery-reload-interval=100ms',
    ...more,
  ]
  await daemon.start(file, args, {}, async () => (await fetch(`${origin}/-/ready`)).ok)
  return new Prometheus(title, origin, join(daemon.folder, 'targets.json'))
}

/** A running Prometheus. */
export class Prometheus {
  readonly title: string
  readonly #origin: string
  readonly #targetsFile: string
  readonly #targets: string[] = []

  constructor(title: string, origin: string, targetsFile: string) {
    this.title = title
    this.#origin = origin
    this.#targetsFile = targetsFile
  }

  /** Adds an application as target; resolves after its first scrape, successful or not. */
  async scrape(url: string): Promise<void> {
    this.#targets.push(new URL(url).host)
    await writeFile(this.#targetsFile, JSON.stringify([{ targets: this.#targets }]))
    await waitFor(`scrape of ${url} by ${this.title}`, async () => {
      const target = await this.target(url)
      return target === undefined || target.health === 'unknown' ? undefined : target
    })
  }

  /** URL for pushed metrics, if the OTLP receiver is enabled. */
  get otlpUrl(): string {
    return `${this.#origin}/api/v1/otlp/v1/metrics`
  }

  /** Returns the target of an application. */
  async target(url: string): Promise<Target | undefined> {
    const answer = await this.#fetch<{ activeTargets: (Target & { labels: { instance: string } })[] }>(
      'targets',
    )
    const { host } = new URL(url)
    return answer.activeTargets.find(({ labels }) => labels.instance === host)
  }

  /** Returns the result of an instant query. */
  async query(query: string): Promise<Series[]> {
    type Answer = { result: { metric: Record<string, string>; value: [number, string] }[] }
    const { result } = await this.#fetch<Answer>('query', { query })
    return result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) }))
  }

  /** Returns the values of the one series that a query with a range selects, in the order of their times. */
  async samples(query: string): Promise<number[]> {
    const { result } = await this.#fetch<{ result: { values: [number, string][] }[] }>('query', { query })
    const [series, ...others] = result
    if (series === undefined || others.length > 0) throw new Error(`${query}: ${result.length} series, not 1`)
    return series.values.map(([, value]) => numberOf(value))
  }

  /** Returns the exemplars of the last hour for the series of a query. */
  async exemplars(query: string): Promise<StoredExemplar[]> {
    type Raw = { labels: Record<string, string>; value: string; timestamp: number }
    type Answer = { seriesLabels: Record<string, string>; exemplars: Raw[] }[]
    const now = Date.now() / 1000
    const answer = await this.#fetch<Answer>('query_exemplars', {
      query,
      start: `${now - 3600}`,
      end: `${now + 60}`,
    })
    return answer.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map((each) => ({ ...each, series: seriesLabels, value: Number(each.value) })),
    )
  }

  async #fetch<Data>(path: string, parameters: Record<string, string> = {}): Promise<Data> {
    const url = new URL(`${this.#origin}/api/v1/${path}`)
    url.search = new URLSearchParams(parameters).toString()
    const answer = await fetchJson<{ data: Data }>(url)
    if (answer === undefined) throw new Error(`${this.title} responded with an error to ${url}`)
    return answer.data
  }
}

function numberOf(text: string): number {
  return text === '+Inf'
    ? Number.POSITIVE_INFINITY
    : text === '-Inf'
      ? Number.NEGATIVE_INFINITY
      : Number(text)
}
