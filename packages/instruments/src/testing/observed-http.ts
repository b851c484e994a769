import http, { type RequestListener, type Server } from 'node:http'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { type NodeHttpObservation, observeNodeHttp } from '../node-http/observe-node-http.ts'
import type { NodeHttpOptions } from '../node-http/options.ts'
import { RecordingProvider } from './recording-provider.ts'
import { close, idle, listen, portOf } from './servers.ts'

/** `node:http` under observation, and one server of it. */
export class ObservedHttp {
  readonly provider = new RecordingProvider()
  #observation: NodeHttpObservation | undefined
  #server: Server | undefined

  /** Begins to observe. */
  observe(options: Partial<NodeHttpOptions> = {}): NodeHttpObservation {
    this.#observation = observeNodeHttp([http], {
      instruments: new GatewayInstruments({ meterProvider: this.provider, prefix: '' }),
      ...options,
    })
    return this.#observation
  }

  /** Starts a server, in place of an earlier one, and gives its port. */
  async serve(listener: RequestListener, options: http.ServerOptions = {}): Promise<number> {
    if (this.#server !== undefined) await close(this.#server)
    this.#server = await listen(listener, options)
    return portOf(this.#server)
  }

  /** Settles once nothing is in flight any more. */
  idle(): Promise<void> {
    return idle(this.provider)
  }

  /** Ends the observation and the server. */
  async end(): Promise<void> {
    this.#observation?.stop()
    if (this.#server !== undefined) await close(this.#server)
  }
}
