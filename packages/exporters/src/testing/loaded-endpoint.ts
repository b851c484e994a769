import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { CollectionResult, GaugeMetricData } from '@opentelemetry/sdk-metrics'
import { createHandler, type MetricsHandler } from '../prometheus/http/handler.ts'
import { ScrapeCoordinator } from '../prometheus/scrape/scrape-coordinator.ts'
import { ManualClock } from './manual-clock.ts'
import { collection, gauge, PLAIN, point, resourceMetrics } from './metric-data.ts'
import { outcomesOf, Scraper, type ScraperOptions } from './scraper.ts'
import { TurnMeter } from './turn-meter.ts'

export const MEGABYTE = 1_000_000

/** A gauge with lines of 10 kB, `megabytes` MB in total. */
export function lines(megabytes: number, text = (): string => 'x'.repeat(10_000)): GaugeMetricData {
  const points = Array.from({ length: megabytes * 100 }, (_, at) => point(at, { at: `${at}`, text: text() }))
  return gauge('lines', points)
}

/** More than the operating system buffers for a client that does not read. */
const LARGE = lines(20)

/** A handler with a clock that the test advances. */
export class Endpoint {
  readonly clock = new ManualClock()
  readonly handler: MetricsHandler
  #collections = 0
  #arrived = 0
  #expected = 0

  constructor(metric: GaugeMetricData = LARGE) {
    const collect = async (): Promise<CollectionResult> => {
      this.#collections += 1
      const number = gauge('number', [point(this.#collections)])
      while (this.#arrived < this.#expected) await setImmediate()
      return collection(resourceMetrics([number, metric]))
    }
    const handler = createHandler(new ScrapeCoordinator(collect, PLAIN, this.clock), undefined, this.clock)
    this.handler = (request, response) => {
      handler(request, response)
      this.#arrived += 1
    }
  }

  /** Number of requests so far. */
  get arrived(): number {
    return this.#arrived
  }

  /** Makes the next `requests` share a collection: it ends when all of them have arrived. */
  expect(requests: number): void {
    this.#expected = Math.max(this.#expected, this.#arrived + requests)
  }
}

/** An endpoint with a server and clients. */
export class LoadedEndpoint extends Endpoint {
  readonly meter: TurnMeter
  readonly #server: http.Server
  readonly #clients: Scraper[] = []

  /** @param around wraps the handler */
  constructor(metric?: GaugeMetricData, around = (handler: RequestListener): RequestListener => handler) {
    super(metric)
    this.#server = http.createServer(around(this.handler))
    this.meter = new TurnMeter(this.#server)
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  /** Starts clients that read nothing until the test calls `take` or `rest`. */
  clients(count: number, options: (at: number) => ScraperOptions = () => ({})): Scraper[] {
    this.expect(count)
    const { port } = this.#server.address() as AddressInfo
    const clients = Array.from({ length: count }, (_, at) => new Scraper(port, options(at)))
    this.#clients.push(...clients)
    return clients
  }

  /**
   * Starts clients that have read the beginning of their responses and then stop, until their sockets are
   * full.
   */
  async stalled(count: number, options?: (at: number) => ScraperOptions): Promise<Scraper[]> {
    const clients = this.clients(count, options)
    for (const client of clients) await client.take(1)
    await this.meter.quiet()
    return clients
  }

  /** Makes clients read enough to free space in their sockets. */
  async readSome(clients: readonly Scraper[], bytes = 2 * MEGABYTE): Promise<void> {
    await Promise.all(clients.map((client) => client.take(bytes)))
    await this.meter.quiet()
  }

  /** Starts one more client that reads, and returns its outcome. */
  async scrapeOnce(options: ScraperOptions = {}): Promise<Record<string, number>> {
    return await outcomesOf(this.clients(1, () => options))
  }

  async close(): Promise<void> {
    this.meter.stop()
    for (const { socket } of this.#clients) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
