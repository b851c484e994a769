import http, { type ClientRequest, type OutgoingHttpHeaders, type RequestOptions } from 'node:http'
import https from 'node:https'
import { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { isPortWritten, serverOfOrigin, serverOfRequest } from './call-server.ts'

const requests: ClientRequest[] = []

afterEach(() => {
  for (const request of requests.splice(0)) request.destroy()
})

/** Creates a request without a connection. */
function request(
  options: RequestOptions,
  { request: make } = http as Pick<typeof https, 'request'>,
): ClientRequest {
  const agent = options.agent ?? (make === https.request ? new https.Agent() : new http.Agent())
  const unconnected = Object.assign(agent, { createConnection: () => new Socket() })
  const made = make({ ...options, agent: unconnected }).on('error', () => {})
  requests.push(made)
  return made
}

const list = (...headers: string[]): OutgoingHttpHeaders => headers as unknown as OutgoingHttpHeaders

describe('serverOfRequest', () => {
  it.each<[string, RequestOptions, string, number, boolean]>([
    ['a host and a port', { host: 'a.example', port: 8080 }, 'a.example', 8080, true],
    ['a host', { host: 'a.example' }, 'a.example', 80, true],
    ['nothing', {}, 'localhost', 80, true],
    ['an address of IPv6', { host: '::1', port: 8080 }, '::1', 8080, true],
    [
      'the default port of an agent',
      { host: 'a.example', agent: Object.assign(new http.Agent(), { defaultPort: 81 }) },
      'a.example',
      81,
      true,
    ],
    [
      'headers as a list',
      { host: 'a.example', port: 8080, headers: list('host', 'a.example:8080') },
      'a.example',
      8080,
      true,
    ],
    [
      'headers as a list without a Host',
      { host: 'a.example', port: 8080, headers: list('a', '1') },
      'a.example',
      80,
      false,
    ],
    [
      'a Host of another name',
      { host: 'a.example', port: 8080, headers: { host: 'b.example:1' } },
      'a.example',
      80,
      false,
    ],
    [
      'a Host with the same prefix',
      { host: 'a', port: 8080, headers: { host: 'a.example' } },
      'a',
      80,
      false,
    ],
    [
      'a target for a proxy',
      { host: 'proxy', port: 3128, path: 'https://a.example/x' },
      'a.example',
      443,
      true,
    ],
    [
      'a path that looks like a URL but is invalid',
      { host: 'a.example', port: 81, path: 'http://[/' },
      'a.example',
      81,
      true,
    ],
  ])('returns the server of a request with %s', (_what, options, address, port, isWritten) => {
    const made = request(options)
    expect(serverOfRequest(made)).toEqual({ address, port })
    expect(isPortWritten(made)).toBe(isWritten)
  })

  it('returns the default port of https', () => {
    expect(serverOfRequest(request({ host: 'a.example' }, https))).toEqual({
      address: 'a.example',
      port: 443,
    })
  })
})

it('serverOfOrigin returns host and port of an origin', () => {
  expect(serverOfOrigin('https://a.example')).toEqual({ address: 'a.example', port: 443 })
  expect(serverOfOrigin(new URL('http://127.0.0.1:8080'))).toEqual({ address: '127.0.0.1', port: 8080 })
})
