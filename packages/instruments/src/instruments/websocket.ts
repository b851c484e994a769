import type { Context } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { CLOSE_CODE } from '../cardinality/close-code.ts'
import { DIRECTION } from '../cardinality/direction.ts'
import { OUTCOME, type StreamOutcome } from '../cardinality/outcome.ts'
import { ROUTE } from '../cardinality/route.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { InFlight } from './in-flight.ts'
import { internalErrors } from './internal-errors.ts'
import { type CountSeries, countSeries, type RecordSeries, recordSeries, SeriesIndex } from './series.ts'
import { TurnInstruments } from './turn.ts'

/** How the application answered a handshake. */
export type HandshakeOutcome = 'accepted' | 'rejected'

const HANDSHAKE_OUTCOME = {
  name: 'outcome',
  values: ['accepted', 'rejected'] satisfies readonly HandshakeOutcome[],
  overflow: undefined,
  description:
    'answer to a WebSocket handshake: `accepted` (101, over HTTP/2 200) or `rejected` (any other or none)',
} as const satisfies AttributeDefinition

/** WebSocket connections of the application's servers. */
export const WEBSOCKET_DEFINITIONS = {
  active: {
    name: 'websocket.connections_active',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{connection}',
    description: 'Open WebSocket connections.',
    attributes: [ROUTE],
  },
  connections: {
    name: 'websocket.connections',
    kind: 'counter',
    unit: '{connection}',
    description:
      'WebSocket handshakes answered, by the answer. A connection closed without an answer is rejected.',
    attributes: [ROUTE, HANDSHAKE_OUTCOME],
  },
  duration: {
    name: 'websocket.connection.duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of WebSocket connections, from the acceptance of the handshake to the end of the connection.',
    attributes: [ROUTE],
    buckets: 'websocket',
  },
  messages: {
    name: 'websocket.messages',
    kind: 'counter',
    unit: '{message}',
    description: 'WebSocket messages. The fragments of a message are one message; control frames are none.',
    attributes: [ROUTE, DIRECTION],
  },
  bytes: {
    name: 'websocket.message.bytes',
    kind: 'counter',
    unit: 'By',
    description: 'Payload of WebSocket messages, before compression.',
    attributes: [ROUTE, DIRECTION],
  },
  closes: {
    name: 'websocket.closes',
    kind: 'counter',
    unit: '{connection}',
    description:
      'WebSocket connections that ended, by the code of the first close frame in either direction.',
    attributes: [ROUTE, CLOSE_CODE],
  },
  sessions: {
    name: 'websocket.sessions',
    kind: 'counter',
    unit: '{session}',
    description: 'WebSocket connections that ended, by outcome.',
    attributes: [ROUTE, OUTCOME],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** The series of the messages of one route and direction. */
export interface MessageSeries {
  readonly messages: CountSeries
  readonly bytes: CountSeries
}

/** Records WebSocket connections. Callers bound the route and the close code. Only `messagesOf` can throw. */
export class WebSocketInstruments {
  /** Turns of LLM sessions. */
  readonly turns: TurnInstruments
  readonly #active: SeriesIndex<InFlight>
  readonly #connections: SeriesIndex<CountSeries>
  readonly #durations: SeriesIndex<RecordSeries>
  readonly #closes: SeriesIndex<CountSeries>
  readonly #sessions: SeriesIndex<CountSeries>
  readonly #messages: SeriesIndex<MessageSeries>

  constructor(make: InstrumentFactory) {
    this.turns = new TurnInstruments(make)
    const active = make.upDownCounter(WEBSOCKET_DEFINITIONS.active)
    const connections = make.counter(WEBSOCKET_DEFINITIONS.connections)
    const duration = make.histogram(WEBSOCKET_DEFINITIONS.duration)
    const closes = make.counter(WEBSOCKET_DEFINITIONS.closes)
    const sessions = make.counter(WEBSOCKET_DEFINITIONS.sessions)
    const messages = make.counter(WEBSOCKET_DEFINITIONS.messages)
    const bytes = make.counter(WEBSOCKET_DEFINITIONS.bytes)
    this.#active = new SeriesIndex((route) => new InFlight(active, { route }))
    this.#connections = new SeriesIndex((route, outcome) => countSeries(connections, { route, outcome }))
    this.#durations = new SeriesIndex((route) => recordSeries(duration, { route }))
    this.#closes = new SeriesIndex((route, code) => countSeries(closes, { route, code }))
    this.#sessions = new SeriesIndex((route, outcome) => countSeries(sessions, { route, outcome }))
    this.#messages = new SeriesIndex((route, direction) => ({
      messages: countSeries(messages, { route, direction }),
      bytes: countSeries(bytes, { route, direction }),
    }))
  }

  /** Called when a handshake was accepted. */
  connectionAccepted(route: string, context: Context): void {
    this.#active.get(route, '').change(1)
    this.#record(() => this.#connections.get(route, 'accepted').add(1, context))
  }

  /** Called when a handshake was rejected, or its connection closed before an answer. */
  connectionRejected(route: string, context: Context): void {
    this.#record(() => this.#connections.get(route, 'rejected').add(1, context))
  }

  /** Returns the series of the messages of a route. Throws what the provider throws. */
  messagesOf(route: string, direction: 'received' | 'sent'): MessageSeries {
    return this.#messages.get(route, direction)
  }

  /**
   * Called when an accepted connection has ended. An error in one instrument does not prevent the others.
   * @param code value of the label `code`
   * @param seconds since the acceptance; `undefined` if the clock failed
   * @param context the context of the connection, for exemplars
   */
  connectionEnded(
    route: string,
    code: string,
    outcome: StreamOutcome,
    seconds: number | undefined,
    context: Context,
  ): void {
    this.#active.get(route, '').change(-1)
    this.#record(() => this.#closes.get(route, code).add(1, context))
    this.#record(() => this.#sessions.get(route, outcome).add(1, context))
    if (seconds !== undefined) this.#record(() => this.#durations.get(route, '').record(seconds, context))
  }

  #record(record: () => void): void {
    try {
      record()
    } catch (error) {
      internalErrors.report('websocket_record', error)
    }
  }
}
