import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedServers } from '../testing/observed-servers.ts'

let servers: ObservedServers

beforeEach(() => {
  servers = new ObservedServers()
})

afterEach(() => servers.end())

describe('events and bytes', () => {
  it('are counted for any split into chunks, and sent unchanged', async () => {
    const text =
      '\uFEFF: hello\r\n\r\ndata: ä\r\n\r\nevent: x\rdata: {"a":"€"}\r\rdata: 1\ndata: 2\n\ndata: [DONE]\n\n'
    const bytes = Buffer.from(text)
    const received = await servers.streamOf((response) => {
      for (const byte of bytes) response.write(Buffer.from([byte]))
      response.end()
    })
    expect(Buffer.from(received)).toEqual(Buffer.from(text.replace('\uFEFF', ''))) // fetch removes the byte order mark
    expect(servers.provider.sums('sse.events')).toEqual({ 'route=unmatched': 4 })
    expect(servers.provider.sums('sse.bytes')).toEqual({ 'route=unmatched': bytes.length })
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
  ])('are counted when written as %s', async (_how, write) => {
    await servers.streamOf((response) => {
      write(response)
      response.end()
    })
    expect(servers.provider.sums('sse.bytes')).toEqual({ 'route=unmatched': 10 })
  })

  it('have a time to the first event and gaps between them', async () => {
    await servers.streamOf((response) => {
      servers.now += 500
      response.write(': only a comment\n\n')
      servers.now += 500
      response.write('data: 1\n\n')
      servers.now += 250
      response.write('data: 2\n\ndata: 3\n\n')
      servers.now += 100
      response.end()
    })
    expect(servers.values('sse.time_to_first_event')).toEqual([1])
    expect(servers.values('sse.event.gap')).toEqual([0.25, 0])
    expect(servers.values('sse.stream.duration')).toEqual([1.35])
  })

  it('of encoded strings are those of the decoded bytes', async () => {
    await servers.streamOf((response) => {
      response.write(Buffer.from('data: 1\n\n').toString('base64'), 'base64')
      response.end('data: ä\n\n', 'latin1')
    })
    expect(servers.provider.sums('sse.events')).toEqual({ 'route=unmatched': 2 })
    expect(servers.provider.sums('sse.bytes')).toEqual({ 'route=unmatched': 18 })
  })

  it('are not counted when they are written after the end', async () => {
    await servers.streamOf((response) => {
      response.on('error', () => {})
      response.end('data: 1\n\n')
      response.write('data: 2\n\n')
    })
    expect(servers.provider.sums('sse.events')).toEqual({ 'route=unmatched': 1 })
  })
})
