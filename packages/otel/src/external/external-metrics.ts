import { EngineMetrics, mergeWorkers, type UpstreamState } from '@vr/otel-metrics/engine'
import { type Clock, processClock, setImmediate } from '@vr/otel-metrics/internal'
import { parseEngineUrl } from '../config/engine-url.ts'
import type { Settings } from '../config/settings.ts'
import {
  decodeReading,
  decodeWorker,
  type ExternalReading,
  encodeReading,
  encodeWorker,
  NOTHING,
} from './external-text.ts'
import { PromClientRegistries } from './prom-client.ts'

/** How long the last answer of the aggregator is used if it does not answer, in milliseconds. */
const MAX_AGE_MS = 15_000

/** Time limit of the registries of workers, in milliseconds. */
const PROM_CLIENT_TIMEOUT_MS = 1000

/** Part of the time of a request that is left to send the answer. */
const ANSWER_SHARE = 0.9

/** The processes that share their metrics with this one. */
export interface Peers {
  /** Whether another process aggregates the metrics of this one: it reads the engines. */
  readonly isMember: boolean
  /** Requests what the aggregator reads; `undefined` without an answer in time. */
  request(timeoutMs: number): Promise<string | undefined>
  /** Requests what the members have. */
  requestAll(timeoutMs: number): Promise<readonly string[]>
}

/** Settings of {@link ExternalMetrics}. */
export type ExternalSettings = Pick<
  Settings,
  'engineUrls' | 'engineLabels' | 'engineInclude' | 'engineExclude' | 'engineTimeout' | 'includesPromClient'
>

/**
 * The metrics that are read at each scrape and at each push: those of engines, and of prom-client. Of the processes that share their
 * metrics, only the one that aggregates them reads the engines; the others request its answer.
 */
export class ExternalMetrics {
  readonly #engines: EngineMetrics
  readonly #promClient: PromClientRegistries | undefined
  readonly #peers: Peers
  readonly #clock: Clock
  #received = { reading: NOTHING, at: Number.NEGATIVE_INFINITY }

  constructor(settings: ExternalSettings, peers: Peers, clock: Clock = processClock) {
    this.#engines = new EngineMetrics({
      upstreams: settings.engineUrls.flatMap((text) => parseEngineUrl(text) ?? []),
      include: settings.engineInclude.includes('*') ? [] : settings.engineInclude,
      exclude: settings.engineExclude,
      labels: settings.engineLabels,
      timeoutMs: settings.engineTimeout,
    })
    this.#promClient = settings.includesPromClient ? new PromClientRegistries() : undefined
    this.#peers = peers
    this.#clock = clock
  }

  /** Reads everything, in at most `timeoutMs`. Never rejects. */
  async collect(timeoutMs: number): Promise<ExternalReading> {
    if (!this.#peers.isMember) return await this.#read(timeoutMs)
    const text = await this.#peers.request(timeoutMs)
    const now = this.#clock.now()
    if (text !== undefined) this.#received = { reading: decodeReading(text), at: now }
    return now - this.#received.at > MAX_AGE_MS ? NOTHING : this.#received.reading
  }

  /** Reads the engines for their state, in at most `timeoutMs`. Never rejects. */
  async checkEngines(timeoutMs: number): Promise<void> {
    if (this.#peers.isMember) await this.collect(timeoutMs)
    else await this.#readEngines(timeoutMs)
  }

  /** Returns the state of each engine at the last collection of this process. */
  state(): readonly UpstreamState[] {
    return this.#peers.isMember ? this.#received.reading.states : this.#engines.state()
  }

  /** Answers a request of a member. */
  readonly answerMember = async (timeoutMs: number): Promise<string> =>
    encodeReading(await this.#read(timeoutMs * ANSWER_SHARE))

  /** Answers a request of the aggregator. */
  readonly answerAggregator = async (timeoutMs: number): Promise<string> =>
    encodeWorker((await this.#promClient?.collect(timeoutMs * ANSWER_SHARE)) ?? [])

  /** Ends the requests. */
  close(): void {
    this.#engines.close()
  }

  async #read(timeoutMs: number): Promise<ExternalReading> {
    const [engines, promClient] = await Promise.all([
      this.#readEngines(timeoutMs),
      this.#readPromClient(timeoutMs),
    ])
    return { engines, states: this.#engines.state(), promClient }
  }

  async #readEngines(timeoutMs: number): Promise<ExternalReading['engines']> {
    const engines = await this.#engines.collect(timeoutMs)
    // A fetch whose deadline has just passed fails in this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    return engines
  }

  async #readPromClient(timeoutMs: number): Promise<ExternalReading['promClient']> {
    if (this.#promClient === undefined) return []
    const [own, texts] = await Promise.all([
      this.#promClient.collect(timeoutMs),
      this.#peers.requestAll(Math.min(timeoutMs, PROM_CLIENT_TIMEOUT_MS)),
    ])
    // The option `aggregator` has no effect in a process without workers.
    if (texts.length === 0) return own.map(({ family }) => family)
    return mergeWorkers([...own, ...texts.flatMap(decodeWorker)])
  }
}
