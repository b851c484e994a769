import http, { type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { setRoute } from '../../observation/observation-registry.ts'
import { failingParts } from '../../testing/failing-parts.ts'
import { Faults } from '../../testing/faults.ts'
import { clientClose, clientFrame, handshake, RawClient, SWITCHING } from '../../testing/raw-websocket.ts'
import { RecordingProvider } from '../../testing/recording-provider.ts'
import { close, portOf } from '../../testing/servers.ts'
import { uncaughtErrors } from '../../testing/uncaught-errors.ts'
import { closeFrame, frame, PING } from '../../testing/websocket-frames.ts'
import { observeNodeHttp } from '../observe-node-http.ts'

/** Steps of an application that handles a handshake; it makes one in each turn of the event loop. */
const ON_SERVER: Readonly<Record<string, (socket: Duplex, request: object) => unknown>> = {
  route: (_socket, request) => setRoute(request, '/ws/:id'),
  accept: (socket) => socket.write(SWITCHING),
  'accept in parts': (socket) => {
    socket.write(SWITCHING.slice(0, 20))
    socket.write(SWITCHING.slice(20))
  },
  'accept another protocol': (socket) => socket.write(SWITCHING.replace('websocket', 'h2c')),
  reject: (socket) => socket.write('HTTP/1.1 401 Unauthorized\r\n\r\n'),
  send: (socket) => socket.write(frame({ payload: Buffer.from('text') })),
  'send anything': (socket) => socket.write('anything'),
  ping: (socket) => socket.write(frame({ opcode: PING })),
  close: (socket) => socket.write(closeFrame(1000)),
  end: (socket) => socket.end(),
  'end with a close frame': (socket) => socket.end(closeFrame(1011)),
  destroy: (socket) => socket.destroy(),
  'destroy with an error': (socket) => socket.destroy(new Error('x')),
  'destroy with no error': (socket) => socket.destroy('text' as never),
  'be idle': (socket) => socket.emit('timeout'),
  read: (socket) => socket.resume(),
  'throw at data': (socket) => socket.on('data', throwError),
  'throw at end': (socket) => socket.on('end', throwError),
  'throw at close': (socket) => socket.on('close', throwError),
}

/** Steps that answer no handshake. */
const NO_ANSWERS: readonly string[] = [
  'route',
  'be idle',
  'read',
  'throw at data',
  'throw at end',
  'throw at close',
]

function throwError(): void {
  throw new Error('of a listener')
}

/** Data that a client sends after its handshake. */
const DATA = [
  clientFrame({ payload: Buffer.from('text') }),
  clientFrame({ isFinal: false }),
  clientClose(1001),
  frame({}),
  Buffer.from('not a frame'),
]

/** How a client ends its connection. */
const DISCONNECTS: Readonly<Record<string, (socket: Socket) => unknown>> = {
  stay: () => {},
  end: (socket) => socket.end(),
  destroy: (socket) => socket.destroy(),
  reset: (socket) => socket.resetAndDestroy(),
}

const anyConnection = fc.record({
  head: fc.constantFrom(Buffer.alloc(0), ...DATA),
  sends: fc.array(fc.constantFrom(...DATA), { maxLength: 4 }),
  turnsBetween: fc.nat({ max: 3 }),
  turnsToLeave: fc.nat({ max: 6 }),
  leaves: fc.constantFrom(...Object.keys(DISCONNECTS)),
  steps: fc.array(fc.constantFrom(...Object.keys(ON_SERVER)), { maxLength: 6 }),
})

type Connection = typeof anyConnection extends fc.Arbitrary<infer Plan> ? Plan : never

/** The last connection, while no part fails: a change of a gauge that could not be recorded is recorded with the next one. */
const LAST = { steps: ['accept'] }

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Serves handshakes; the path of each one is the index of its plan. `closed` receives a promise for each socket. */
async function serve(connections: readonly Connection[], closed: Promise<unknown>[]): Promise<Server> {
  const server = http.createServer()
  server.on('upgrade', async (request, socket) => {
    closed.push(new Promise((resolve) => socket.on('close', resolve)))
    socket.on('error', () => {})
    const { steps } = connections[Number(request.url?.slice(1))] ?? LAST
    for (const step of steps) {
      if (!socket.destroyed) ON_SERVER[step]?.(socket, request)
      await turns(1)
    }
    await turns(6)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function connect(port: number, plan: Connection, index: number): Promise<void> {
  const { socket } = new RawClient(port, Buffer.concat([Buffer.from(handshake(`/${index}`)), plan.head]))
  socket.on('end', () => socket.destroy())
  for (const data of plan.sends) {
    if (!socket.destroyed) socket.write(data)
    await turns(plan.turnsBetween)
  }
  await turns(plan.turnsToLeave)
  if (!socket.destroyed) DISCONNECTS[plan.leaves]?.(socket)
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve))
}

/** Totals over all labels. */
function balance(provider: RecordingProvider) {
  const total = (name: string, filter = ''): number =>
    Object.entries(provider.sums(name)).reduce((sum, [key, n]) => sum + (key.includes(filter) ? n : 0), 0)
  return {
    accepted: total('websocket.connections', 'outcome=accepted'),
    rejected: total('websocket.connections', 'outcome=rejected'),
    active: Object.values(provider.sums('websocket.connections_active')).filter((value) => value !== 0),
    closes: total('websocket.closes'),
    sessions: total('websocket.sessions'),
    durations: Object.values(provider.counts('websocket.connection.duration')).reduce((a, b) => a + b, 0),
  }
}

/** What the application answers first. */
function answerOf({ steps }: { readonly steps: readonly string[] }): 'accepted' | 'rejected' | 'other' {
  const answer = steps.find((step) => !NO_ANSWERS.includes(step))
  if (answer === 'accept' || answer === 'accept in parts') return 'accepted'
  if (answer === 'accept another protocol') return 'other'
  return 'rejected'
}

/** Observes connections, and returns the totals once all have closed. */
async function run(connections: readonly Connection[], pattern: readonly boolean[]) {
  const faults = new Faults(pattern)
  const provider = new RecordingProvider()
  const observation = observeNodeHttp([http], failingParts(provider, faults))
  const closed: Promise<unknown>[] = []
  const server = await serve(connections, closed)
  try {
    await uncaughtErrors(async () => {
      await Promise.all(connections.map((plan, index) => connect(portOf(server), plan, index)))
      await Promise.all(closed)
      faults.isOn = false
      const last = new RawClient(portOf(server), handshake('/last'))
      last.socket.on('end', () => last.socket.destroy())
      await last.closed()
      await Promise.all(closed)
      await close(server)
      // The server may have received a handshake after its client had left.
      await Promise.all(closed)
      await turns(1)
    })
  } finally {
    observation.stop()
  }
  return { provider, closed }
}

const connections = fc.array(anyConnection, { minLength: 1, maxLength: 4 })

it('counts every handshake and every accepted connection once, for any order of steps', async () => {
  await fc.assert(
    fc.asyncProperty(connections, async (plans) => {
      const { provider, closed } = await run(plans, [])
      const served = plans.length === closed.length - 1
      const totals = balance(provider)
      const answers = [...plans, LAST].map(answerOf)
      const accepted = answers.filter((answer) => answer === 'accepted').length
      const ended = {
        active: [],
        closes: totals.accepted,
        sessions: totals.accepted,
        durations: totals.accepted,
      }
      expect(totals).toMatchObject(ended)
      // A client may leave before Node has parsed its handshake, or before the application answers it.
      expect(totals.accepted).toBeLessThanOrEqual(accepted)
      const isLeft = plans.some(({ leaves }) => leaves !== 'stay')
      const others = answers.filter((answer) => answer === 'other').length
      if (!isLeft && served) {
        expect(totals.accepted).toBe(accepted)
        expect(totals.rejected).toBe(closed.length - accepted - others)
      }
    }),
    { numRuns: 100 },
  )
})

it('leaves no connection active, whatever part fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      connections,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
      async (plans, pattern) => {
        const { provider } = await run(plans, pattern)
        expect(balance(provider).active).toEqual([])
      },
    ),
    { numRuns: 100 },
  )
})
