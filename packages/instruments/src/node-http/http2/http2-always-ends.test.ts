import http from 'node:http'
import http2, { type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { balance, failingParts, reportedErrors } from '../../testing/failing-parts.ts'
import { Faults } from '../../testing/faults.ts'
import { RecordingProvider } from '../../testing/recording-provider.ts'
import { observeNodeHttp } from '../observe-node-http.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = http2.constants

/** Steps of an application that handles a stream; it makes one in each turn of the event loop. */
const ON_SERVER: Readonly<Record<string, (stream: ServerHttp2Stream) => unknown>> = {
  respond: (stream) => stream.respond({ ':status': 202 }),
  'respond with events': (stream) => stream.respond({ ':status': 200, 'content-type': 'text/event-stream' }),
  write: (stream) => stream.write('data: 1\n\n'),
  end: (stream) => stream.end('data: [DONE]\n\n'),
  close: (stream) => stream.close(NGHTTP2_NO_ERROR),
  'close with an error': (stream) => stream.close(NGHTTP2_INTERNAL_ERROR),
  destroy: (stream) => stream.destroy(),
  'destroy with an error': (stream) => stream.destroy(new Error('x')),
  'be idle': (stream) => stream.emit('timeout'),
  'close the session': (stream) => stream.session?.close(),
  'destroy the session': (stream) => stream.session?.destroy(),
  'destroy the session with an error': (stream) => stream.session?.destroy(new Error('x')),
  goaway: (stream) => stream.session?.goaway(NGHTTP2_INTERNAL_ERROR),
}

/** How a client ends its session. */
const DISCONNECTS: Readonly<Record<string, (session: http2.ClientHttp2Session) => unknown>> = {
  stay: () => {},
  close: (session) => session.close(),
  destroy: (session) => session.destroy(),
  goaway: (session) => session.goaway(NGHTTP2_INTERNAL_ERROR),
}

const anyRequest = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST'),
  cancelsAfter: fc.option(fc.nat({ max: 6 })),
  hasBody: fc.boolean(),
})

const anyConnection = fc.record({
  requests: fc.array(anyRequest, { minLength: 1, maxLength: 4 }),
  turnsBetween: fc.nat({ max: 3 }),
  turnsToLeave: fc.nat({ max: 8 }),
  leaves: fc.constantFrom(...Object.keys(DISCONNECTS)),
  breaks: fc.boolean(),
})

type Connection = typeof anyConnection extends fc.Arbitrary<infer Plan> ? Plan : never

const anySteps = fc.array(fc.constantFrom(...Object.keys(ON_SERVER)), { maxLength: 6 })

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

async function connect(port: number, plan: Connection): Promise<void> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {})
  const session = http2.connect('http://a', { createConnection: () => socket }).on('error', () => {})
  const closed = new Promise((resolve) => session.on('close', resolve))
  await Promise.all(
    plan.requests.map(async ({ method, cancelsAfter, hasBody }, n) => {
      await turns(n * plan.turnsBetween)
      if (session.closed || session.destroyed) return
      const request = session.request({ ':method': method, ':path': '/' }, { endStream: !hasBody })
      request.on('error', () => {}).resume()
      if (hasBody) request.write('part')
      if (cancelsAfter === null) return
      await turns(cancelsAfter)
      request.close(NGHTTP2_CANCEL)
    }),
  )
  await turns(plan.turnsToLeave)
  if (plan.breaks) socket.destroy()
  else if (!session.destroyed) DISCONNECTS[plan.leaves]?.(session)
  await turns(4)
  session.destroy()
  socket.destroy() // a closed session waits for the server to end the connection, which it may never do
  await closed
}

/** A server that handles its streams, or its requests with the compatibility API, by the steps of plans. */
class Planned {
  readonly server: Http2Server
  arrived = 0
  readonly #sessions = new Set<ServerHttp2Session>()

  constructor(plans: readonly (readonly string[])[], isCompat: boolean) {
    let count = 0
    const run = async (stream: ServerHttp2Stream): Promise<void> => {
      stream.on('error', () => {})
      for (const name of plans[count++ % plans.length] as string[]) {
        try {
          await ON_SERVER[name]?.(stream)
        } catch {
          // For example, headers were sent already.
        }
        await turns(1)
      }
    }
    this.server = http2.createServer()
    this.server.on('stream', () => void this.arrived++)
    this.server.on('session', (session) => {
      this.#sessions.add(session)
      session.on('error', () => {})
      session.on('close', () => void this.#sessions.delete(session))
    })
    if (isCompat) this.server.on('request', ({ stream }) => void run(stream))
    else this.server.on('stream', (stream) => void run(stream))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', () => resolve()))
    return (this.server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
    await turns(2)
  }
}

it('counts every HTTP/2 request once and leaves none in flight, for any order of steps and any failing part', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyConnection, { minLength: 1, maxLength: 3 }),
      fc.array(anySteps, { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      fc.boolean(),
      async (connections, plans, pattern, isCompat) => {
        const faults = new Faults(pattern)
        const provider = new RecordingProvider()
        const before = reportedErrors()
        const observation = observeNodeHttp([http], failingParts(provider, faults))
        const planned = new Planned(plans, isCompat)
        const last = new Planned([['respond', 'end']], false)
        try {
          const port = await planned.listen()
          await Promise.all(connections.map((plan) => connect(port, plan)))
          await planned.close()
          faults.isOn = false
          await connect(await last.listen(), LAST)
          await last.close()
        } finally {
          observation.stop()
        }
        const isReported = reportedErrors() > before
        expect({ ...balance(provider), isReported }).toEqual({
          counted: planned.arrived + last.arrived,
          inFlight: 0,
          streams: 0,
          active: [],
          isReported: faults.thrown > 0,
        })
      },
    ),
    { numRuns: 40 },
  )
})

const LAST: Connection = {
  requests: [{ method: 'GET', cancelsAfter: null, hasBody: false }],
  turnsBetween: 0,
  turnsToLeave: 6,
  leaves: 'close',
  breaks: false,
}
