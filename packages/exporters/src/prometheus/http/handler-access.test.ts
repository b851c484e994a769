import { describe, expect, it } from 'vitest'
import { request } from '../../testing/loopback.ts'
import { SMALL, startEndpoint } from '../../testing/scrape-endpoint.ts'

describe('a method that is not allowed', () => {
  it('gets 401 without the token, and 405 with it', async () => {
    const port = await startEndpoint(async () => SMALL, 'secret')
    const headers = { authorization: 'Bearer secret' }
    const responses = [
      await request(port, { method: 'POST' }),
      await request(port, { method: 'POST', headers }),
    ]
    expect(responses.map(({ status, headers: { allow } }) => [status, allow])).toEqual([
      [401, undefined],
      [405, 'GET, HEAD'],
    ])
  })
})

describe('with a token', () => {
  it.each([
    [undefined, 401],
    ['', 401],
    ['Bearer', 401],
    ['Bearer wrong', 401],
    ['Bearer secret1', 401],
    ['Basic secret', 401],
    ['secret', 401],
    ['Bearer secret', 200],
    ['bearer   secret', 200],
  ])('Authorization: %s gets status %s', async (authorization, status) => {
    const port = await startEndpoint(async () => SMALL, 'secret')
    const received = await request(port, authorization === undefined ? {} : { headers: { authorization } })
    expect(received.status).toBe(status)
    if (status === 401) {
      expect(received.headers['www-authenticate']).toBe('Bearer realm="metrics"')
      expect(received.body.toString()).toBe('bearer token required\n')
    }
  })
})

describe('a fetch of engine metrics', () => {
  it('gets status 508, because the endpoint would fetch itself', async () => {
    const port = await startEndpoint(async () => SMALL, 'secret')
    const headers = { authorization: 'Bearer secret', 'vr-otel-engine-fetch': '1' }
    const { status, body } = await request(port, { headers })
    expect([status, body.toString()]).toEqual([
      508,
      'the endpoint of an engine is required, not that of a gateway\n',
    ])
  })
})
