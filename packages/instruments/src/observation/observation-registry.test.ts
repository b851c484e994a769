import { expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { attachObservation, observationOf, setRoute, setStreamOutcome } from './observation-registry.ts'
import { RequestObservation } from './request-observation.ts'

function begin(): { provider: RecordingProvider; request: object; observation: RequestObservation } {
  const provider = new RecordingProvider()
  const instruments = new GatewayInstruments({ meterProvider: provider, prefix: '' })
  const observation = new RequestObservation(instruments, {
    method: 'GET',
    scheme: 'http',
    protocolVersion: '1.1',
  })
  const request = {}
  attachObservation(request, observation)
  return { provider, request, observation }
}

it('ignores values that are not stream outcomes', () => {
  const { provider, request, observation } = begin()
  observation.headersSent({ status: 200, isEventStream: true, isIdentity: true })
  setStreamOutcome(request, 'upstream_error')
  for (const value of ['of user 7', undefined, Symbol('x'), { toString: undefined }]) {
    setStreamOutcome(request, value as never)
  }
  observation.end('finished', 200, 200)
  expect(provider.sums('sse.streams')).toEqual({ 'route=unmatched,outcome=upstream_error': 1 })
})

it('ignores routes that are not strings, and targets that are not requests', () => {
  const { provider, request, observation } = begin()
  setRoute(request, '/users/:id')
  for (const value of [undefined, Object.create(null), Symbol('x')]) setRoute(request, value)
  for (const target of [undefined, null, 7, 'x']) setRoute(target as never, '/')
  for (const target of [undefined, null, 7, 'x']) setStreamOutcome(target as never, 'timeout')
  observation.end('finished', 200, 200)
  expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=/users/{id},status=200': 1 })
})

it('finds the observation from another copy of this package, and through a proxy or an inheriting object', async () => {
  const { provider, request, observation } = begin()
  const another = './observation-registry.ts?another'
  const copy: typeof import('./observation-registry.ts') = await import(another)
  expect(copy.setRoute).not.toBe(setRoute)
  for (const target of [request, new Proxy(request, {}), Object.create(request), { req: request }]) {
    expect(observationOf(target)).toBe(observation)
    copy.setRoute(target, '/users/:id')
  }
  observation.end('finished', 200, 200)
  expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=/users/{id},status=200': 1 })
  expect(Object.assign({}, request)).toEqual({})
})
