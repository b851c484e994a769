import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { frame } from '../testing/websocket-frames.ts'
import { NO_TRACE } from '../tracing/external-span.ts'
import { SocketObservation } from './socket-observation.ts'
import type { WebSocketObservation } from './websocket-observation.ts'

const MASK = [1, 2, 3, 4]
const CONNECTIONS = 3

type Step =
  | { readonly type: 'received'; readonly connection: number; readonly length: number }
  | { readonly type: 'sent'; readonly connection: number; readonly length: number }
  | { readonly type: 'accept' | 'end'; readonly connection: number }
  | { readonly type: 'collect' }

const connection = fc.nat(CONNECTIONS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('received', 'sent'),
      connection,
      length: fc.nat(200),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('accept', 'end'), connection }) },
  { weight: 1, arbitrary: fc.constant({ type: 'collect' } as const) },
)

/** Connections to one server, and what is to be counted of those that were accepted. */
class Connections {
  readonly provider = new RecordingProvider()
  readonly instruments = new GatewayInstruments({ meterProvider: this.provider, prefix: '' })
  readonly expected = { messages: 0, bytes: 0 }
  readonly #all = Array.from({ length: CONNECTIONS }, () => {
    const handshake = { method: 'GET', isWebSocket: true, trace: NO_TRACE, hasTrace: false }
    return new SocketObservation(this.instruments, handshake)
  })
  /** Received before the handshake is accepted, by connection. */
  readonly #early = Array.from({ length: CONNECTIONS }, () => ({ messages: 0, bytes: 0 }))

  run(one: Exclude<Step, { readonly type: 'collect' }>): void {
    const observation = this.#all[one.connection] as SocketObservation
    const webSocket = observation.webSocket as WebSocketObservation
    const early = this.#early[one.connection] as typeof this.expected
    if (one.type === 'accept') {
      observation.accepted({ status: 101, extensions: 'none' })
      this.expected.messages += early.messages
      this.expected.bytes += early.bytes
      early.messages = 0
      early.bytes = 0
    } else if (one.type === 'end') observation.closed('client_closed')
    else if (one.type === 'received') {
      const counts = webSocket.isOpen ? this.expected : early
      webSocket.received.read(frame({ payload: new Uint8Array(one.length), mask: MASK }))
      counts.messages++
      counts.bytes += one.length
    } else if (one.type === 'sent' && webSocket.isOpen) {
      webSocket.sent.read(frame({ payload: new Uint8Array(one.length) }))
      this.expected.messages++
      this.expected.bytes += one.length
    }
  }

  get counted() {
    const total = (name: string): number =>
      Object.values(this.provider.sums(name)).reduce((sum, value) => sum + value, 0)
    return { messages: total('websocket.messages'), bytes: total('websocket.message.bytes') }
  }
}

it('the messages of all connections are counted exactly at each collection, and once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const connections = new Connections()
      const ended = new Set<number>()
      for (const one of steps) {
        if (one.type === 'collect') {
          connections.provider.collect()
          expect(connections.counted).toEqual(connections.expected)
        } else if (!ended.has(one.connection)) connections.run(one)
        if (one.type === 'end') ended.add(one.connection)
      }
      for (let i = 0; i < CONNECTIONS; i++) connections.run({ type: 'end', connection: i })
      expect(connections.counted).toEqual(connections.expected)
    }),
  )
})

it('messages are recorded one by one until the provider has collected, then once a collection', () => {
  const connections = new Connections()
  const records = (): number =>
    connections.provider.calls.filter(({ name }) => name === 'websocket.messages').length
  const send = (count: number): void => {
    for (let i = 0; i < count; i++) connections.run({ type: 'sent', connection: 0, length: 5 })
  }
  connections.run({ type: 'accept', connection: 0 })
  send(3)
  expect(records()).toBe(3)
  connections.provider.collect()
  send(100)
  expect(records()).toBe(3)
  connections.provider.collect()
  expect([records(), connections.counted]).toEqual([4, { messages: 103, bytes: 515 }])
  connections.provider.collect()
  expect(records()).toBe(4)
})

it('an error while the messages of one connection are recorded does not prevent the others', () => {
  const { deferred } = new GatewayInstruments()
  const recorded: string[] = []
  deferred.add({
    record() {
      throw new Error('provider failed')
    },
  })
  deferred.add({ record: () => recorded.push('other') })
  const errors = () => new Map(internalErrors.counts).get('websocket_record') ?? 0
  const before = errors()
  deferred.collectionStarted()
  expect([recorded, errors() - before]).toEqual([['other'], 1])
})

it('a connection that has ended is not referenced', () => {
  const connections = new Connections()
  connections.provider.collect()
  connections.run({ type: 'accept', connection: 0 })
  connections.run({ type: 'sent', connection: 0, length: 5 })
  connections.run({ type: 'end', connection: 0 })
  expect(connections.counted).toEqual(connections.expected)
  expect(connections.instruments.deferred.size).toBe(0)
})
