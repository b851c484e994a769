import { once } from 'node:events'
import zlib from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedServers } from '../../testing/observed-servers.ts'
import { gzipped } from '../../testing/servers.ts'

let servers: ObservedServers

beforeEach(() => {
  servers = new ObservedServers()
})

afterEach(() => servers.end())

describe.each([
  ['gzip', () => zlib.createGzip(), zlib.constants.Z_SYNC_FLUSH],
  ['deflate', () => zlib.createDeflate(), zlib.constants.Z_SYNC_FLUSH],
  ['br', () => zlib.createBrotliCompress(), zlib.constants.BROTLI_OPERATION_FLUSH],
  ['zstd', () => zlib.createZstdCompress(), zlib.constants.ZSTD_e_flush],
] as const)('the events of a stream in %s', (coding, create, flush) => {
  /** Compresses, flushes and writes each text, with 250 ms in between. */
  const compressed = (...texts: string[]): Promise<string> =>
    servers.streamOf(async (response) => {
      response.setHeader('content-encoding', coding)
      const compressor = create()
      compressor.on('data', (chunk) => response.write(chunk))
      for (const text of texts) {
        servers.now += 250
        compressor.write(text)
        await new Promise<void>((resolve) => compressor.flush(flush, () => resolve()))
      }
      servers.now += 250
      compressor.end()
      await once(compressor, 'end')
      response.end()
    })

  it('are counted when they are written, and bytes as they are sent', async () => {
    const text = 'data: 1\n\n'.repeat(100)
    expect(await compressed(text, 'data: 2\n\n', ': ping\n\n')).not.toBe('')
    expect(servers.provider.sums('sse.events')).toEqual({ 'route=unmatched': 101 })
    expect(servers.provider.sums('sse.bytes')['route=unmatched']).toBeLessThan(text.length / 2)
    expect(servers.values('sse.time_to_first_event')).toEqual([0.25])
    expect(servers.values('sse.event.gap')).toEqual([...Array(99).fill(0), 0.25])
    expect(servers.outcomes).toEqual(['completed'])
  })

  it.each([
    ['upstream_error', 'event: error\ndata: {}\n\n'],
    ['server_error', 'event: response.created\ndata: {}\n\n'],
    ['completed', 'data: [DONE]\n\n'],
  ])('give the outcome %s', async (outcome, text) => {
    await compressed('data: {"object":"chat.completion.chunk"}\n\n', text)
    expect(servers.outcomes).toEqual([outcome])
  })
})

it('counts only the bytes of a stream in an unknown encoding', async () => {
  const body = gzipped('event: error\ndata: 1\n\n')
  await servers.streamOf((response) => {
    response.setHeader('content-encoding', 'compress')
    response.end(body)
  })
  expect(servers.provider.sums('sse.bytes')).toEqual({ 'route=unmatched': body.length })
  expect(servers.provider.sums('sse.events')).toEqual({})
  expect(servers.outcomes).toEqual(['completed'])
})

it('counts the events of a compressed stream until it is corrupt', async () => {
  await servers.streamOf((response) => {
    response.setHeader('content-encoding', 'gzip')
    response.write(gzipped('data: 1\n\n').subarray(0, -8))
    response.write(Buffer.alloc(100, 1))
    response.end(gzipped('data: 2\n\n'))
  })
  expect(servers.provider.sums('sse.events')).toEqual({ 'route=unmatched': 1 })
  expect(servers.outcomes).toEqual(['completed'])
})

it('counts the events of a compressed stream until it exceeds the limit of one turn of the event loop', async () => {
  const small = 'event: response.created\ndata: {}\n\n'
  const body = gzipped(`data: ${'1'.repeat(2 * 1024 * 1024)}\n\n`)
  await servers.streamOf((response) => {
    response.setHeader('content-encoding', 'gzip')
    response.write(gzipped(small))
    response.write(body)
    response.end(gzipped('data: 2\n\n'))
  })
  expect(servers.provider.sums('sse.events')).toEqual({ 'route=unmatched': 1 })
  expect(servers.provider.sums('sse.bytes')).toEqual({
    'route=unmatched': gzipped(small).length + body.length + gzipped('data: 2\n\n').length,
  })
  expect(servers.outcomes).toEqual(['completed']) // derived from the connection: with its events, a stream without a terminal event is server_error
})
