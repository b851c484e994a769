import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import { pipeline, Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { setRoute } from '../observation/observation-registry.ts'
import { balance, failingParts, reportedErrors } from '../testing/failing-parts.ts'
import { Faults } from '../testing/faults.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, portOf, send } from '../testing/servers.ts'
import { observeNodeHttp } from './observe-node-http.ts'

const THROWING = 'have headers that throw'

/** Steps of an application that handles a request; it makes one in each turn of the event loop. */
const ON_SERVER: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>> = {
  route: (request) => setRoute(request, '/a/:b'),
  head: (_request, response) => response.writeHead(202),
  stream: (_request, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }),
  write: (_request, response) => response.write('data: 1\n\n'),
  end: (_request, response) => response.end('data: [DONE]\n\n'),
  destroy: (_request, response) => response.destroy(),
  'destroy with an error': (_request, response) => response.destroy(new Error('x')),
  'destroy the request': (request) => request.destroy(),
  'destroy the socket': (_request, response) => response.socket?.destroy(),
  'destroy the socket with no error': (_request, response) => response.socket?.destroy('text' as never),
  'reset the socket': (_request, response) => {
    // Node 22 never closes a socket that is reset after it was ended.
    if (response.socket?.writableEnded === false) response.socket.resetAndDestroy()
  },
  'be idle': (_request, response) => response.socket?.emit('timeout'),
  read: (request) => request.resume(),
  'leave the body': async (request) => {
    for await (const _chunk of request) break
  },
  'cut a pipeline': (request) => {
    const target = new Writable({ write: (_chunk, _encoding, done) => done() })
    pipeline(request, target, () => {})
    target.destroy()
  },
  [THROWING]: (_request, response) => {
    response.getHeader = () => {
      throw new Error('of the application')
    }
  },
}

/** Steps that fail an assertion in Node itself if the client sends other requests on the connection. */
const ON_ONLY_REQUEST: typeof ON_SERVER = {
  ...ON_SERVER,
  detach: (_request, response) => response.socket !== null && response.detachSocket(response.socket),
  'detach and assign': (_request, response) => {
    const { socket } = response
    if (socket === null) return
    response.detachSocket(socket)
    response.assignSocket(socket)
  },
}

const HEAD = 'Host: a\r\nContent-Length: '

/** Data that a client sends; the number of requests is the number of `HTTP/1.1`. */
const REQUESTS: readonly string[] = [
  `GET / HTTP/1.1\r\n${HEAD}0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HEAD}4\r\n\r\nbody`,
  `POST / HTTP/1.1\r\n${HEAD}9\r\n\r\npart`,
  `MAX_DATA_UNITS / HTTP/1.1\r\n${HEAD}0\r\nExpect: 100-continue\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}0\r\nConnection: close\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}0\r\n\r\n`.repeat(3),
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno chunk',
  'GET / HTTP/1.1\r\n\r\n',
]

const ONE_REQUEST = REQUESTS.filter((text) => text.split('HTTP/1.1').length === 2)

/** How a client ends its connection. */
const DISCONNECTS: Readonly<Record<string, (socket: Socket) => unknown>> = {
  stay: () => {},
  end: (socket) => socket.end(),
  destroy: (socket) => socket.destroy(),
  reset: (socket) => socket.resetAndDestroy(),
}

interface Connection {
  readonly sends: readonly string[]
  readonly turnsBetween: number
  readonly turnsToLeave: number
  readonly leaves: string
}

function anyConnection(requests: readonly string[], maxSends: number): fc.Arbitrary<Connection> {
  return fc.record({
    sends: fc.array(fc.constantFrom(...requests), { minLength: 1, maxLength: maxSends }),
    turnsBetween: fc.nat({ max: 3 }),
    turnsToLeave: fc.nat({ max: 8 }),
    leaves: fc.constantFrom(...Object.keys(DISCONNECTS)),
  })
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

/** Whether a plan makes hooks fail. */
function isThrowing(plans: readonly (readonly string[])[]): boolean {
  return plans.flat().includes(THROWING)
}

async function serve(plans: readonly (readonly string[])[], steps: typeof ON_SERVER): Promise<Server> {
  let count = 0
  const server = http.createServer(async (request, response) => {
    request.on('error', () => {})
    response.on('error', () => {})
    for (const name of plans[count++ % plans.length] as string[]) {
      try {
        await steps[name]?.(request, response)
      } catch {
        // For example, headers were sent already or a body was destroyed.
      }
      await turn()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function connect(port: number, plan: Connection): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  socket.resume()
  for (const text of plan.sends) {
    if (!socket.destroyed) socket.write(text)
    await turns(plan.turnsBetween)
  }
  await turns(plan.turnsToLeave)
  if (!socket.destroyed) DISCONNECTS[plan.leaves]?.(socket)
  await turns(4)
  socket.destroy()
}

it.each([
  ['on connections with pipelined requests', anyConnection(REQUESTS, 3), ON_SERVER],
  ['on connections with one request', anyConnection(ONE_REQUEST, 1), ON_ONLY_REQUEST],
])(
  'counts every request once and leaves none in flight, for any order of steps and any failing part, %s',
  async (_where, connection, steps) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(connection, { minLength: 1, maxLength: 3 }),
        fc.array(fc.array(fc.constantFrom(...Object.keys(steps)), { maxLength: 6 }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (connections, plans, pattern) => {
          const faults = new Faults(pattern)
          const provider = new RecordingProvider()
          let arrived = 0
          const onStart = (): void => void arrived++
          subscribe('http.server.request.start', onStart)
          const before = reportedErrors()
          const observation = observeNodeHttp([http], failingParts(provider, faults))
          const server = await serve(plans, steps)
          const port = portOf(server)
          try {
            await Promise.all(connections.map((plan) => connect(port, plan)))
            server.closeAllConnections()
            await turns(4)
            faults.isOn = false
            server.removeAllListeners('request').on('request', (_request, response) => response.end())
            await send(port, '/')
            await close(server)
            await turns(2)
          } finally {
            observation.stop()
            unsubscribe('http.server.request.start', onStart)
          }
          const isReported = reportedErrors() > before
          expect({ ...balance(provider), isReported: isReported || isThrowing(plans) }).toEqual({
            counted: arrived,
            inFlight: 0,
            streams: 0,
            active: [],
            isReported: faults.thrown > 0 || isThrowing(plans),
          })
        },
      ),
      { numRuns: 150 },
    )
  },
)
