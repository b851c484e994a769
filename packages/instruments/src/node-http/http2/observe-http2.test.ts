import http from 'node:http'
import http2, { type ClientHttp2Session, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import net, { type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../../instruments/gateway-instruments.ts'
import { setRoute } from '../../observation/observation-registry.ts'
import { RecordingProvider } from '../../testing/recording-provider.ts'
import { idle } from '../../testing/servers.ts'
import { type NodeHttpObservation, observeNodeHttp } from '../observe-node-http.ts'

let provider: RecordingProvider
let observation: NodeHttpObservation
let server: Http2Server
let session: ClientHttp2Session
let connection: Socket

beforeEach(() => {
  provider = new RecordingProvider()
  observation = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ meterProvider: provider, prefix: '' }),
    observes: (target) => target !== '/metrics',
    intercept: (target) => (target === '/metrics' ? (_request, response) => response.end('ours') : undefined),
  })
})

afterEach(async () => {
  session.destroy()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  observation.stop()
})

async function start(made: Http2Server, connect?: (port: number) => Socket): Promise<void> {
  server = made
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const options = connect === undefined ? {} : { createConnection: () => connect(port) }
  session = http2.connect(`http://127.0.0.1:${port}`, options)
}

function send(
  path: string,
  headers: http2.OutgoingHttpHeaders = {},
  cancelAfterData = false,
): Promise<string> {
  return new Promise((resolve) => {
    let body = ''
    const request = session.request({ ':path': path, ...headers })
    request.on('data', (data) => {
      body += data
      if (cancelAfterData) request.close(http2.constants.NGHTTP2_CANCEL)
    })
    request.on('error', () => {})
    request.on('close', () => resolve(body))
    request.end()
  })
}

type Answers = Readonly<Record<string, (stream: ServerHttp2Stream) => void>>

const EVENTS = { ':status': 200, 'content-type': 'text/event-stream' }

/** How a server handles the stream of each path. */
const ANSWERS: Answers = {
  '/json': (stream) => {
    stream.respond({ ':status': 201 })
    stream.end('{}')
  },
  '/implicit': (stream) => stream.end('ok'),
  '/sse': (stream) => {
    stream.respond(EVENTS)
    stream.write('data: 1\n\n')
    setImmediate(() => stream.end('data: [DONE]\n\n'))
  },
  '/hang': (stream) => {
    stream.respond(EVENTS)
    stream.write('data: 1\n\n')
  },
  '/destroyed': (stream) => stream.destroy(),
  '/cut': (stream) => {
    stream.respond(EVENTS)
    stream.write('data: 1\n\n', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR))
  },
}

function streamServer(): Http2Server {
  return http2.createServer().on('stream', (stream, headers) => {
    stream.on('error', () => {})
    ANSWERS[String(headers[':path'])]?.(stream)
  })
}

function compatServer(): Http2Server {
  return http2.createServer((request, response) => {
    setRoute(request, `/v1${request.url}`)
    response.stream.on('error', () => {})
    if (request.url === '/compat') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('data: 1\n\n')
      response.end('data: 2\n\n')
    } else ANSWERS[request.url]?.(response.stream)
  })
}

describe.each([
  ['streams', streamServer, (path: string) => (['', '/sse'].includes(path) ? path : 'unmatched')],
  ['the compatibility API', compatServer, (path: string) => `/v1${path}`],
])('a server with %s', (_how, make, route) => {
  it('counts requests, streams, events and outcomes', async () => {
    await start(make())
    for (const path of ['/json', '/implicit', '/sse', '/destroyed', '/cut']) await send(path)
    await send('/hang', {}, true)
    await send('/json', { ':method': 'HEAD' })
    await idle(provider)
    const requests: Record<string, number> = {}
    for (const [path, method, status] of [
      ['/json', 'GET', 201],
      ['/implicit', 'GET', 200],
      ['/sse', 'GET', 200],
      ['/destroyed', 'GET', 500],
      ['/cut', 'GET', 200],
      ['/hang', 'GET', 200],
      ['/json', 'HEAD', 201],
    ] as const) {
      const key = `method=${method},route=${route(path)},status=${status}`
      requests[key] = (requests[key] ?? 0) + 1
    }
    expect(provider.sums('http.requests')).toEqual(requests)
    const outcomes = provider.calls
      .filter(({ name }) => name === 'sse.streams')
      .map(({ attributes }) => attributes['outcome'])
    expect(outcomes).toEqual(['completed', 'server_error', 'client_abort'])
    const events = provider.calls.filter(({ name }) => name === 'sse.events').map(({ value }) => value)
    expect(events).toEqual([1, 1, 1, 1])
  })

  it('does not receive requests that were intercepted', async () => {
    await start(make())
    expect(await send('/metrics')).toBe('ours')
    await send('/json')
    await idle(provider)
    expect(Object.values(provider.sums('http.requests'))).toEqual([1])
  })
})

describe('the compatibility API', () => {
  it('has its event streams counted', async () => {
    await start(compatServer())
    expect(await send('/compat')).toBe('data: 1\n\ndata: 2\n\n')
    await idle(provider)
    expect(provider.sums('sse.events')).toEqual({ 'route=/v1/compat': 2 })
    expect(provider.sums('sse.streams')).toEqual({ 'route=/v1/compat,outcome=completed': 1 })
  })
})

it.each<[string, string, (stream: ServerHttp2Stream, client: Socket) => void]>([
  ['client_abort', 'whose client closes the connection', (_, client) => void client.end()],
  ['client_abort', 'whose client resets the connection', (_, client) => void client.resetAndDestroy()],
  ['client_abort', 'whose client destroys its session', () => session.destroy(new Error('x'))],
  ['server_error', 'whose session the server destroys', ({ session: own }) => own?.destroy()],
  ['server_error', 'whose connection the server destroys', () => void connection.destroy()],
  [
    'server_error',
    'that the server destroys while its session closes',
    (stream) => {
      stream.session?.close()
      stream.destroy()
    },
  ],
])('is %s for a stream %s', async (outcome, _how, end) => {
  const made = http2.createServer().on('session', (own) => own.on('error', () => {}))
  let client: Socket | undefined
  made.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.respond(EVENTS)
    stream.write('data: 1\n\n', () => end(stream, client as Socket))
  })
  made.once('connection', (socket) => {
    connection = socket
  })
  await start(made, (port) => {
    client = net.connect(port, '127.0.0.1')
    return client
  })
  session.on('error', () => {})
  await send('/')
  await idle(provider)
  expect(provider.sums('sse.streams')).toEqual({ [`route=unmatched,outcome=${outcome}`]: 1 })
})

it('counts 499 if the client disconnects before headers are sent', async () => {
  await start(http2.createServer((request) => void request.stream.on('error', () => {})))
  const request = session.request({ ':path': '/' })
  request.on('error', () => {})
  while ((provider.sums('http.in_flight_requests')[''] ?? 0) === 0)
    await new Promise((resolve) => setImmediate(resolve))
  session.destroy()
  await idle(provider)
  expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=499': 1 })
})

it('counts a stream that the application emits again once', async () => {
  const inner = streamServer()
  await start(
    http2.createServer().on('stream', (...args) => {
      inner.emit('stream', ...args)
    }),
  )
  expect(await send('/json')).toBe('{}')
  await idle(provider)
  expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=201': 1 })
})
