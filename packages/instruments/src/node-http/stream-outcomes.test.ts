import http from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StreamGateway } from '../testing/stream-gateway.ts'

let gateway: StreamGateway

beforeEach(() => {
  gateway = new StreamGateway()
})

afterEach(() => gateway.end())

describe('the outcome of a stream', () => {
  it.each([
    ['completed', 'event: response.completed\ndata: {}\n\n'],
    ['upstream_error', 'event: response.failed\ndata: {}\n\n'],
    ['upstream_error', 'data: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n'],
    ['server_error', 'event: response.created\ndata: {}\n\n'],
    ['completed', 'data: tick\n\n'],
  ])('is %s after %j', async (outcome, text) => {
    await gateway.streamOf((response) => response.end(text))
    expect(gateway.outcomes).toEqual([outcome])
  })

  it('is completed if the client disconnects after the terminal event', async () => {
    const url = await gateway.serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: [DONE]\n\n')
    })
    await new Promise<void>((resolve) => {
      const request = http.get(url, { agent: false }, (response) => {
        response.on('data', () => request.destroy())
        response.on('close', resolve)
      })
    })
    await gateway.idle()
    expect(gateway.outcomes).toEqual(['completed'])
  })

  it('is timeout if the connection is idle for longer than the server allows', async () => {
    const url = await gateway.serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    gateway.lastServer.setTimeout(20)
    await (await fetch(url)).text().catch(() => {})
    await gateway.idle()
    expect(gateway.outcomes).toEqual(['timeout'])
  })
})
