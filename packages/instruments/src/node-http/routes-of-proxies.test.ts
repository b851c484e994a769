import { afterEach, describe, expect, it } from 'vitest'
import type { GatewayInstrumentsOptions } from '../instruments/gateway-instruments.ts'
import { setFrameworkRoute, setRoute } from '../observation/observation-registry.ts'
import { ObservedServers } from '../testing/observed-servers.ts'

type Routes = (request: object) => void

let servers: ObservedServers

afterEach(() => servers.end())

/** Returns `route` and `http.route` of one request, whose listener runs `routes`. */
async function routesOf(path: string, routes: Routes, options: Partial<GatewayInstrumentsOptions> = {}) {
  servers = new ObservedServers({ groups: ['http', 'http_semconv'], ...options })
  const url = await servers.serve((request, response) => {
    request.url = '/rewritten'
    routes(request)
    response.end()
  })
  await (await fetch(url + path)).text()
  await servers.idle()
  return [
    servers.attributes('http.requests')[0]?.['route'],
    servers.attributes('http.server.request.duration')[0]?.['http.route'],
  ]
}

describe('a request', () => {
  it.each<[string, Routes, [string, string | undefined]]>([
    ['without a route', () => {}, ['/v1/responses/{response_id}', '/v1/responses/{response_id}']],
    [
      'with a wildcard of a framework',
      (request) => setFrameworkRoute(request, '/v1/*'),
      ['/v1/responses/{response_id}', '/v1/responses/{response_id}'],
    ],
    [
      'with a route of a framework',
      (request) => setFrameworkRoute(request, '/v1/responses/:id'),
      ['/v1/responses/{id}', '/v1/responses/:id'],
    ],
    ['with a wildcard of the application', (request) => setRoute(request, '/v1/*'), ['/v1/*', '/v1/*']],
    [
      'with a route of the application, then one of a framework',
      (request) => {
        setRoute(request, '/mine')
        setFrameworkRoute(request, '/v1/*')
      },
      ['/mine', '/mine'],
    ],
  ])('%s, to the path of an API', async (_what, routes, expected) => {
    expect(await routesOf('/v1/responses/resp_1?include=usage', routes)).toEqual(expected)
  })

  it('to another path keeps the wildcard, or has no route', async () => {
    expect(await routesOf('/v2/responses', () => {})).toEqual(['unmatched', undefined])
    await servers.end()
    const wildcard = (request: object) => setFrameworkRoute(request, '/*path')
    expect(await routesOf('/v2/responses', wildcard)).toEqual(['/{path}', '/*path'])
  })

  it('is matched against the templates that are given', async () => {
    const options = { routes: ['/gw/{tenant}/chat'] }
    expect(await routesOf('/gw/acme/chat', () => {}, options)).toEqual([
      '/gw/{tenant}/chat',
      '/gw/{tenant}/chat',
    ])
    await servers.end()
    expect(await routesOf('/v1/responses', () => {}, options)).toEqual(['unmatched', undefined])
  })
})
