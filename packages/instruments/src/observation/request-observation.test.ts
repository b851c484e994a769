import { expect, it } from 'vitest'
import { ROUTE } from '../cardinality/route.ts'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { RequestObservation } from './request-observation.ts'

const HOUR = 3_600_000

it('records http.route and route of one template, although the template leaves the bounded set during the stream', () => {
  const provider = new RecordingProvider()
  let now = 0
  const instruments = new GatewayInstruments({
    meterProvider: provider,
    prefix: '',
    groups: ['http', 'sse', 'http_semconv'],
    now: () => now,
  })
  const request = (template: string): RequestObservation => {
    const arrived = { method: 'GET', scheme: 'http', protocolVersion: '1.1' } as const
    const observation = new RequestObservation(instruments, arrived)
    observation.setRoute(template)
    return observation
  }
  const stream = request('/long/:id')
  stream.headersSent({ status: 200, isEventStream: true, isIdentity: true })
  now = HOUR
  for (let i = 0; i < ROUTE.limit; i++) request(`/made/${i}`).end('finished', 200, 200)
  now = 2 * HOUR
  provider.calls.length = 0
  stream.end('finished', 200, 200)
  const routes = provider.calls.flatMap(({ name, attributes }) =>
    Object.entries(attributes).flatMap(([key, value]) => (key.endsWith('route') ? [[name, value]] : [])),
  )
  expect(Object.fromEntries(routes)).toMatchObject({ 'http.server.request.duration': '/long/:id' })
  expect(routes.map(([, value]) => value)).not.toContain('other')
})

it('resolves the route of a stream once', () => {
  const instruments = new GatewayInstruments({ meterProvider: new RecordingProvider() })
  const arrived = { method: 'GET', scheme: 'http', protocolVersion: '1.1' } as const
  const stream = new RequestObservation(instruments, arrived)
  stream.headersSent({ status: 200, isEventStream: true, isIdentity: true })
  stream.end('finished', 200, 200)
  expect(instruments.routes.unmatched).toBe(1)
})
