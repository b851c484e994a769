import type { Context, Counter, Histogram } from '@opentelemetry/api'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { InFlight } from './in-flight.ts'
import { internalErrors } from './internal-errors.ts'

/** WebSocket connections under the names that vLLM gives them, without labels. Off by default. */
export const VLLM_WEBSOCKET_DEFINITIONS = {
  active: {
    name: 'vllm:websocket_connections_active',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{connection}',
    description: 'Open WebSocket connections, under the name that vLLM uses.',
    attributes: [],
  },
  connections: {
    name: 'vllm:websocket_connections',
    kind: 'counter',
    unit: '{connection}',
    description: 'WebSocket connections accepted, under the name that vLLM uses.',
    attributes: [],
  },
  duration: {
    name: 'vllm:websocket_connection_duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of WebSocket connections from the acceptance of the handshake, under the name that vLLM uses.',
    attributes: [],
    buckets: 'websocket',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Records accepted WebSocket connections under the names of vLLM. No method throws. */
export class VllmWebSocketInstruments {
  readonly #active: InFlight
  readonly #connections: Counter
  readonly #duration: Histogram

  constructor(make: InstrumentFactory) {
    this.#active = new InFlight(make.upDownCounter(VLLM_WEBSOCKET_DEFINITIONS.active))
    this.#connections = make.counter(VLLM_WEBSOCKET_DEFINITIONS.connections)
    this.#duration = make.histogram(VLLM_WEBSOCKET_DEFINITIONS.duration)
    this.#active.change(0) // there from the first scrape
  }

  /** Called when a handshake was accepted. */
  connectionAccepted(context: Context): void {
    this.#active.change(1)
    this.#record(() => this.#connections.add(1, {}, context))
  }

  /**
   * Called when an accepted connection has ended.
   * @param seconds since the acceptance; `undefined` if the clock failed
   */
  connectionEnded(seconds: number | undefined, context: Context): void {
    this.#active.change(-1)
    if (seconds !== undefined) this.#record(() => this.#duration.record(seconds, {}, context))
  }

  #record(record: () => void): void {
    try {
      record()
    } catch (error) {
      internalErrors.report('websocket_record', error)
    }
  }
}
