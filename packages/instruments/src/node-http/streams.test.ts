import { once } from 'node:events'
import http, { type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import zlib from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, gzipped, idle, listen, portOf } from '../testing/servers.ts'
import { type NodeHttpObservation, observeNodeHttp } from './observe-node-http.ts'

let provider: RecordingProvider
let observation: NodeHttpObservation
let now = 0
const servers: Server[] = []

beforeEach(() => {
  now = 1000
  provider = new RecordingProvider()
  const instruments = new GatewayInstruments({ meterProvider: provider, prefix: '', now: () => now })
  observation = observeNodeHttp([http], { instruments })
})

afterEach(async () => {
  observation.stop()
  await Promise.all(servers.splice(0).map(close))
})

async function serve(listener: http.RequestListener): Promise<string> {
  const server = await listen(listener)
  servers.push(server)
  return `http://127.0.0.1:${portOf(server)}`
}

/** A gateway whose streams are written by `write`, and one request of it, read to its end. */
async function streamOf(write: (response: ServerResponse) => unknown): Promise<string> {
  const url = await serve(async (_request, response) => {
    response.setHeader('content-type', 'text/event-stream')
    await write(response)
  })
  const answer = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  const text = await answer.text().catch((error: Error) => error.message)
  await idle(provider)
  return text
}

const outcomes = () => Object.keys(provider.sums('sse.streams')).map((key) => key.replace(/.*outcome=/, ''))
const values = (name: string) => provider.calls.filter((call) => call.name === name).map(({ value }) => value)

describe('events and bytes', () => {
  it('are counted as they pass, whatever the pieces, and pass unchanged', async () => {
    const text =
      '\uFEFF: hello\r\n\r\ndata: ä\r\n\r\nevent: x\rdata: {"a":"€"}\r\rdata: 1\ndata: 2\n\ndata: [DONE]\n\n'
    const bytes = Buffer.from(text)
    const received = await streamOf((response) => {
      for (const byte of bytes) response.write(Buffer.from([byte]))
      response.end()
    })
    expect(Buffer.from(received)).toEqual(Buffer.from(text.replace('\uFEFF', ''))) // fetch takes the mark off
    expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 4 })
    expect(provider.sums('sse.bytes')).toEqual({ 'route=unmatched': bytes.length })
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['text', (response) => void response.write('data: ä\n\n')],
    ['text in an encoding', (response) => void response.write('ZGF0YTogw6QKCg==', 'base64')],
    ['bytes', (response) => void response.write(Buffer.from('data: ä\n\n'))],
    ['a callback', (response) => void response.write('data: ä\n\n', () => {})],
    ['the end', (response) => void response.end('data: ä\n\n')],
    [
      'a view of a larger buffer',
      (response) => void response.write(new Uint8Array(Buffer.from('xxdata: ä\n\nxx')).subarray(2, 12)),
    ],
  ])('are counted when given as %s', async (_how, write) => {
    await streamOf((response) => {
      write(response)
      response.end()
    })
    expect(provider.sums('sse.bytes')).toEqual({ 'route=unmatched': 10 })
  })

  it('have a time to the first event and gaps between them', async () => {
    await streamOf((response) => {
      now += 500
      response.write(': only a comment\n\n')
      now += 500
      response.write('data: 1\n\n')
      now += 250
      response.write('data: 2\n\ndata: 3\n\n')
      now += 100
      response.end()
    })
    expect(values('sse.time_to_first_event')).toEqual([1])
    expect(values('sse.event.gap')).toEqual([0.25, 0])
    expect(values('sse.stream.duration')).toEqual([1.35])
  })

  it('of text in another encoding are those of the bytes it stands for', async () => {
    await streamOf((response) => {
      response.write(Buffer.from('data: 1\n\n').toString('base64'), 'base64')
      response.end('data: ä\n\n', 'latin1')
    })
    expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 2 })
    expect(provider.sums('sse.bytes')).toEqual({ 'route=unmatched': 18 })
  })

  describe.each([
    ['gzip', () => zlib.createGzip(), zlib.constants.Z_SYNC_FLUSH],
    ['deflate', () => zlib.createDeflate(), zlib.constants.Z_SYNC_FLUSH],
    ['br', () => zlib.createBrotliCompress(), zlib.constants.BROTLI_OPERATION_FLUSH],
    ['zstd', () => zlib.createZstdCompress(), zlib.constants.ZSTD_e_flush],
  ] as const)('of a stream in %s', (coding, create, flush) => {
    /** Compresses and flushes each text by itself, as gateways do that stream, and writes it a quarter of a second later. */
    const compressed = (...texts: string[]): Promise<string> =>
      streamOf(async (response) => {
        response.setHeader('content-encoding', coding)
        const compressor = create()
        compressor.on('data', (chunk) => response.write(chunk))
        for (const text of texts) {
          now += 250
          compressor.write(text)
          await new Promise<void>((resolve) => compressor.flush(flush, () => resolve()))
        }
        now += 250
        compressor.end()
        await once(compressor, 'end')
        response.end()
      })

    it('are seen when they are written, and the bytes are those on the wire', async () => {
      const text = 'data: 1\n\n'.repeat(100)
      expect(await compressed(text, 'data: 2\n\n', ': ping\n\n')).not.toBe('')
      expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 101 })
      expect(provider.sums('sse.bytes')['route=unmatched']).toBeLessThan(text.length / 2)
      expect(values('sse.time_to_first_event')).toEqual([0.25])
      expect(values('sse.event.gap')).toEqual([...Array(99).fill(0), 0.25])
      expect(outcomes()).toEqual(['completed'])
    })

    it.each([
      ['upstream_error', 'event: error\ndata: {}\n\n'],
      ['server_error', 'event: response.created\ndata: {}\n\n'],
      ['completed', 'data: [DONE]\n\n'],
    ])('end it as %s', async (outcome, text) => {
      await compressed('data: {"object":"chat.completion.chunk"}\n\n', text)
      expect(outcomes()).toEqual([outcome])
    })
  })

  it('of a compressed stream whose coding is not known are counted in bytes only', async () => {
    const body = gzipped('event: error\ndata: 1\n\n')
    await streamOf((response) => {
      response.setHeader('content-encoding', 'compress')
      response.end(body)
    })
    expect(provider.sums('sse.bytes')).toEqual({ 'route=unmatched': body.length })
    expect(provider.sums('sse.events')).toEqual({})
    expect(outcomes()).toEqual(['completed'])
  })

  it('of a compressed stream that becomes corrupt are counted until then', async () => {
    await streamOf((response) => {
      response.setHeader('content-encoding', 'gzip')
      response.write(gzipped('data: 1\n\n').subarray(0, -8))
      response.write(Buffer.alloc(100, 1))
      response.end(gzipped('data: 2\n\n'))
    })
    expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 1 })
    expect(outcomes()).toEqual(['completed'])
  })

  it('of a compressed stream that becomes too large in one turn are counted until then', async () => {
    const small = 'event: response.created\ndata: {}\n\n'
    const body = gzipped(`data: ${'1'.repeat(2 * 1024 * 1024)}\n\n`)
    await streamOf((response) => {
      response.setHeader('content-encoding', 'gzip')
      response.write(gzipped(small))
      response.write(body)
      response.end(gzipped('data: 2\n\n'))
    })
    expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 1 })
    expect(provider.sums('sse.bytes')).toEqual({
      'route=unmatched': gzipped(small).length + body.length + gzipped('data: 2\n\n').length,
    })
    expect(outcomes()).toEqual(['completed']) // by its connection: a stream of this format that is read would be cut off
  })

  it('are not counted when they are no longer sent', async () => {
    await streamOf((response) => {
      response.on('error', () => {})
      response.end('data: 1\n\n')
      response.write('data: 2\n\n')
    })
    expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 1 })
  })
})

describe('how a stream ends', () => {
  it.each([
    ['completed', 'event: response.completed\ndata: {}\n\n'],
    ['upstream_error', 'event: response.failed\ndata: {}\n\n'],
    ['upstream_error', 'data: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n'],
    ['server_error', 'event: response.created\ndata: {}\n\n'],
    ['completed', 'data: tick\n\n'],
  ])('%s after %j', async (outcome, text) => {
    await streamOf((response) => response.end(text))
    expect(outcomes()).toEqual([outcome])
  })

  it('completed if the client closes after the end that the stream announced', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: [DONE]\n\n')
    })
    await new Promise<void>((resolve) => {
      const request = http.get(url, { agent: false }, (response) => {
        response.on('data', () => request.destroy())
        response.on('close', resolve)
      })
    })
    await idle(provider)
    expect(outcomes()).toEqual(['completed'])
  })

  it('timeout if the connection was idle for longer than the server allows', async () => {
    const server = await listen((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    server.setTimeout(20)
    servers.push(server)
    await (await fetch(`http://127.0.0.1:${portOf(server)}`)).text().catch(() => {})
    await idle(provider)
    expect(outcomes()).toEqual(['timeout'])
  })
})

describe('a stream whose engine', () => {
  let engine: string
  let mode: 'fine' | 'status' | 'cut' | 'silent'
  let onSilence: () => void

  beforeEach(async () => {
    engine = await serve((_request, response) => {
      if (mode === 'status') response.statusCode = 503
      response.write('data: 1\n\n')
      if (mode === 'cut') setImmediate(() => response.destroy())
      else if (mode === 'silent') onSilence()
      else response.end()
    })
  })

  const viaFetch = async (signal?: AbortSignal): Promise<unknown> =>
    (await fetch(engine, signal === undefined ? {} : { signal })).text()
  const viaHttp = (signal?: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      http
        .get(engine, { signal }, (response) => response.on('end', resolve).on('error', reject).resume())
        .on('error', reject)
    })

  /** Without a listener for errors, the event does not come. */
  const viaHttpUnaware = (): Promise<unknown> =>
    new Promise((resolve) => void http.get(engine, (response) => response.on('close', resolve).resume()))

  it('breaks off ends as upstream_error, also where the application does not listen for errors', async () => {
    mode = 'cut'
    await streamOf(async (response) => {
      await viaHttpUnaware()
      response.end('data: polite\n\n')
    })
    expect(outcomes()).toEqual(['upstream_error'])
  })

  it.each<[string, (answer: http.IncomingMessage, response: ServerResponse) => unknown]>([
    ['a pipeline', (answer, response) => pipeline(answer, response, () => {})],
    [
      'destroying the response with its error',
      (answer, response) => answer.on('error', (error) => response.destroy(error)).pipe(response),
    ],
    [
      'destroying the response with an error of the connection',
      (answer, response) =>
        answer
          .on('error', () =>
            response.destroy(Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' })),
          )
          .pipe(response),
    ],
    [
      'destroying the socket with its error',
      (answer, response) => answer.on('error', (error) => response.socket?.destroy(error)).pipe(response),
    ],
  ])(
    'breaks off ends as upstream_error, also where the application passes that on by %s',
    async (_how, relay) => {
      mode = 'cut'
      await streamOf(
        (response) =>
          new Promise<void>((resolve) => {
            response.on('close', resolve)
            http.get(engine, { agent: false }, (answer) => relay(answer, response))
          }),
      )
      expect(outcomes()).toEqual(['upstream_error'])
    },
  )

  describe.each([
    ['fetch', viaFetch],
    ['node:http', viaHttp],
  ])('is called by %s', (_how, call) => {
    it.each([
      ['fine', 'completed'],
      ['status', 'upstream_error'],
      ['cut', 'upstream_error'],
    ] as const)('and is %s ends as %s, though the gateway ends it politely', async (how, outcome) => {
      mode = how
      await streamOf(async (response) => {
        response.write('data: begin\n\n')
        await call().catch(() => {})
        response.end('data: polite\n\n')
      })
      expect(outcomes()).toEqual([outcome])
    })

    it('and does not answer in time ends as timeout', async () => {
      mode = 'silent'
      // As AbortSignal.timeout() does, at the moment when the engine has the request: before, it would not be its fault.
      const limit = new AbortController()
      onSilence = () => limit.abort(new DOMException('too late', 'TimeoutError'))
      await streamOf(async (response) => {
        response.write('data: begin\n\n')
        await expect(call(limit.signal)).rejects.toThrow()
        response.end()
      })
      expect(outcomes()).toEqual(['timeout'])
    })

    it('and answers at the second try ends as completed', async () => {
      await streamOf(async (response) => {
        response.write('data: begin\n\n')
        mode = 'cut'
        await call().catch(() => {})
        mode = 'fine'
        await call()
        response.end()
      })
      expect(outcomes()).toEqual(['completed'])
    })
  })

  it('and cannot be reached ends as upstream_error, the next request on the same connections does not', async () => {
    const gone = await serve(() => {})
    await close(servers.pop() as Server)
    await streamOf(async (response) => {
      await fetch(gone).catch(() => {})
      response.end('data: 1\n\n')
    })
    await streamOf((response) => response.end('data: 1\n\n'))
    expect(outcomes().sort()).toEqual(['completed', 'upstream_error'])
  })
})
