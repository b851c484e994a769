import http, { type RequestListener, type Server } from 'node:http'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { type NodeHttpObservation, observeNodeHttp } from '../node-http/observe-node-http.ts'
import type { NodeHttpOptions } from '../node-http/options.ts'
import { RecordingProvider } from './recording-provider.ts'
import { close, idle, listen, portOf } from './servers.ts'

/** Observes `node:http`, with one server. */
export class ObservedHttp {
  readonly provider = new RecordingProvider()
  #observation: NodeHttpObservation | undefined
  #server: Server | undefined

  /** Starts the observation. */
  observe(options: Partial<NodeHttpOptions> = {}): NodeHttpObservation {
    this.#observation = observeNodeHttp([http], {
      instruments: new GatewayInstruments({ meterProvider: this.provider, prefix: '' }),
      ...options,
    })
    return this.#observation
  }

  /** Starts a server, closes the previous one, and returns the port. */
  async serve(listener: RequestListener, options: http.ServerOptions = {}): Promise<number> {
    if (this.#server !== undefined) await close(this.#server)
    this.#server = await listen(listener, options)
    return portOf(this.#server)
  }

  /** Resolves when no request or stream is in flight. */
  idle(): Promise<void> {
    return idle(this.provider)
  }

  /** Stops the observation and closes the server. */
  async end(): Promise<void> {
    this.#observation?.stop()
    if (this.#server !== undefined) await close(this.#server)
  }
}
