import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Point {
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
  readonly asDouble?: number
  readonly asInt?: string | number
  readonly count?: string | number
}

interface Metric {
  readonly name: string
  readonly sum?: Data
  readonly histogram?: Data
}

interface Data {
  readonly aggregationTemporality: number
  readonly dataPoints: readonly Point[]
}

interface Request {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[]
  }[]
}

const DELTA = 1

/** Receives OTLP over `http/json`, and adds the deltas of sums and of the counts of histograms. */
export class DeltaReceiver {
  /** Sums by metric and worker. */
  readonly sums = new Map<string, number>()
  /** Deltas below zero, by metric. */
  readonly negative: string[] = []
  readonly #server = createServer(async (request, response) => {
    this.#add(JSON.parse(await text(request)) as Request)
    response.setHeader('content-type', 'application/json')
    response.end('{}')
  })

  /** Resolves with the port. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Returns the sum of a metric's deltas for one worker. */
  sumOf(name: string, worker: number): number {
    return this.sums.get(`${name} ${worker}`) ?? 0
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #add({ resourceMetrics }: Request): void {
    const metrics = resourceMetrics.flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics))
    for (const { name, sum, histogram } of metrics) {
      const data = sum ?? histogram
      if (data?.aggregationTemporality === DELTA)
        for (const point of data.dataPoints) this.#addPoint(name, point)
    }
  }

  #addPoint(name: string, { attributes = [], asDouble, asInt, count }: Point): void {
    const value = Number(asDouble ?? asInt ?? count)
    if (value < 0) this.negative.push(name)
    const worker = attributes.find(({ key }) => key === 'worker')?.value.stringValue
    const key = `${name} ${worker}`
    this.sums.set(key, (this.sums.get(key) ?? 0) + value)
  }
}
