import http, { type Server, type ServerResponse } from 'node:http'
import type { Attributes } from '@opentelemetry/api'
import { GatewayInstruments, type GatewayInstrumentsOptions } from '../instruments/gateway-instruments.ts'
import { type NodeHttpObservation, observeNodeHttp } from '../node-http/observe-node-http.ts'
import { RecordingProvider } from './recording-provider.ts'
import { close, idle, listen, portOf } from './servers.ts'

/** Servers of `node:http` under observation, with a clock that the test sets. */
export class ObservedServers {
  readonly provider = new RecordingProvider()
  /** The time in milliseconds. */
  now = 1000
  readonly #observation: NodeHttpObservation
  readonly #servers: Server[] = []

  constructor(options: Partial<GatewayInstrumentsOptions> = {}) {
    const instruments = new GatewayInstruments({
      meterProvider: this.provider,
      prefix: '',
      now: () => this.now,
      ...options,
    })
    this.#observation = observeNodeHttp([http], { instruments })
  }

  /** Starts a server and returns its URL. */
  async serve(listener: http.RequestListener, options: http.ServerOptions = {}): Promise<string> {
    const server = await listen(listener, options)
    this.#servers.push(server)
    return `http://127.0.0.1:${portOf(server)}`
  }

  /** The server that was started last. */
  get lastServer(): Server {
    return this.#servers.at(-1) as Server
  }

  /** Sends one request to a server whose event stream `write` writes, and returns the body once nothing is in flight. */
  async streamOf(write: (response: ServerResponse) => unknown): Promise<string> {
    const url = await this.serve(async (_request, response) => {
      response.setHeader('content-type', 'text/event-stream')
      await write(response)
    })
    const answer = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
    const text = await answer.text().catch((error: Error) => error.message)
    await this.idle()
    return text
  }

  /** Resolves once no request and no stream is in flight. */
  idle(): Promise<void> {
    return idle(this.provider)
  }

  /** The outcomes of all streams, each once. */
  get outcomes(): string[] {
    return Object.keys(this.provider.sums('sse.streams')).map((key) => key.replace(/.*outcome=/, ''))
  }

  /** The attributes of the measurements of an instrument, in order. */
  attributes(name: string): Attributes[] {
    return this.provider.calls.filter((call) => call.name === name).map(({ attributes }) => attributes)
  }

  /** The values of the measurements of an instrument, in order. */
  values(name: string): number[] {
    return this.provider.calls.filter((call) => call.name === name).map(({ value }) => value)
  }

  /** Stops the observation and all servers. */
  async end(): Promise<void> {
    this.#observation.stop()
    await Promise.all(this.#servers.splice(0).map((server) => (server.listening ? close(server) : undefined)))
  }
}
