import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrometheusReader } from '@vr/otel-exporters'
import { GatewayInstruments, type Group } from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { metricTree } from './metric-tree.ts'

/** Messages and bytes of both directions. */
interface Counts {
  received: number
  receivedBytes: number
  sent: number
  sentBytes: number
}

const CLIENTS = 8
const MESSAGES = 25

/** Answers each message, and collects in the listener of the message. */
async function run(groups: readonly Group[]): Promise<{ expected: Counts[]; collected: Counts[] }> {
  const readers = [new PrometheusReader(), new PrometheusReader()]
  const meterProvider = new MeterProvider({ readers })
  const instruments = new GatewayInstruments({ meterProvider, prefix: '', groups })
  const observation = observeNodeHttp([http], { instruments })
  const own: Counts = { received: 0, receivedBytes: 0, sent: 0, sentBytes: 0 }
  const expected: Counts[] = []
  const collections: Promise<Counts>[] = []
  const collect = (): void => {
    const reader = readers[collections.length % 2] as PrometheusReader
    expected.push({ ...own })
    collections.push(reader.collect().then(({ resourceMetrics }) => countsOf(metricTree(resourceMetrics))))
  }
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data: Buffer) => {
      own.received++
      own.receivedBytes += data.length
      const answer = 'answer'.repeat(own.received)
      socket.send(answer)
      own.sent++
      own.sentBytes += answer.length
      collect()
    }),
  )
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => converse(url, i)))
  server.close()
  await once(server, 'close')
  collect()
  observation.stop()
  return { expected, collected: await Promise.all(collections) }
}

/** Sends each message after the answer to the one before. */
async function converse(url: string, length: number): Promise<void> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  for (let i = 0; i < MESSAGES; i++) {
    const answer = once(socket, 'message')
    socket.send('a'.repeat(length + i))
    await answer
  }
  const closed = once(socket, 'close')
  socket.close()
  await closed
}

function countsOf(tree: ReturnType<typeof metricTree>): Counts {
  const value = (name: string, direction: string): number =>
    Number(tree[`websocket.${name}{direction=${direction},route=unmatched}`] ?? 0)
  return {
    received: value('messages', 'received'),
    receivedBytes: value('message.bytes', 'received'),
    sent: value('messages', 'sent'),
    sentBytes: value('message.bytes', 'sent'),
  }
}

it.each<[string, readonly Group[]]>([
  ['', ['websocket', 'self']],
  [' without the instruments by whose callbacks counts are recorded', ['websocket']],
])('every collection has each message that arrived or was sent before it%s', async (_how, groups) => {
  const { expected, collected } = await run(groups)
  expect(expected.length).toBe(CLIENTS * MESSAGES + 1)
  expect(collected).toEqual(expected)
})
