import http from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedServers } from '../testing/observed-servers.ts'

let servers: ObservedServers

beforeEach(() => {
  servers = new ObservedServers()
})

afterEach(() => servers.end())

describe('the outcome of a stream', () => {
  it.each([
    ['completed', 'event: response.completed\ndata: {}\n\n'],
    ['upstream_error', 'event: response.failed\ndata: {}\n\n'],
    ['upstream_error', 'data: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n'],
    ['server_error', 'event: response.created\ndata: {}\n\n'],
    ['completed', 'data: tick\n\n'],
  ])('is %s after %j', async (outcome, text) => {
    await servers.streamOf((response) => response.end(text))
    expect(servers.outcomes).toEqual([outcome])
  })

  it('is completed if the client disconnects after the terminal event', async () => {
    const url = await servers.serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: [DONE]\n\n')
    })
    await new Promise<void>((resolve) => {
      const request = http.get(url, { agent: false }, (response) => {
        response.on('data', () => request.destroy())
        response.on('close', resolve)
      })
    })
    await servers.idle()
    expect(servers.outcomes).toEqual(['completed'])
  })

  it('is timeout if the connection is idle for longer than the server allows', async () => {
    const url = await servers.serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      // Node emits it when the time limit of the server has passed, and then destroys the socket.
      response.write('data: 1\n\n', () => response.socket?.emit('timeout'))
    })
    await fetch(url)
      .then((response) => response.text())
      .catch(() => {})
    await servers.idle()
    expect(servers.outcomes).toEqual(['timeout'])
  })
})
