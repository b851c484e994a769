import { ROOT_CONTEXT } from '@opentelemetry/api'
import { PrometheusReader } from '@vr/otel-exporters'
import { GatewayInstruments, RequestObservation } from '@vr/otel-instruments'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'

const HOUR = 3_600_000
const HOURS = 30
const JUNK_PER_HOUR = 1_500

/** Returns the values of the request counter, by `route`. */
async function requestsByRoute(reader: PrometheusReader): Promise<Map<string, number>> {
  const { resourceMetrics } = await reader.collect()
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  const requests = metrics.find(({ descriptor }) => descriptor.name === 'http.requests')
  return new Map(
    requests?.dataPoints.map(({ attributes, value }) => [
      String(attributes['route'] ?? 'overflow'),
      Number(value),
    ]),
  )
}

it('replaces unused routes by new ones within the bound, without a decreasing series or a lost request', async () => {
  let now = 0
  const reader = new PrometheusReader()
  const instruments = new GatewayInstruments({
    meterProvider: new MeterProvider({ readers: [reader] }),
    prefix: '',
    groups: ['http'],
    now: () => now,
  })
  let requests = 0
  const request = (template: string): void => {
    const observation = new RequestObservation(instruments, {
      method: 'GET',
      scheme: 'http',
      protocolVersion: '1.1',
    })
    observation.setContext(ROOT_CONTEXT)
    observation.setRoute(template)
    observation.end('finished', 200, 200)
    requests += 1
  }

  let before = new Map<string, number>()
  for (let hour = 0; hour < HOURS; hour += 1) {
    request('/always')
    // A burst reaches the limit. An hour later a new route evicts one of its values.
    if (hour !== 1) for (let i = 0; i < JUNK_PER_HOUR; i += 1) request(`/junk/${hour}/${i}`)
    if (hour >= 1) request('/deployed-later')
    now += HOUR / 2
    request('/always')
    if (hour >= 1) request('/deployed-later')
    now += HOUR / 2 + 1

    const after = await requestsByRoute(reader)
    for (const [route, count] of before) expect(after.get(route)).toBeGreaterThanOrEqual(count)
    expect([...after.values()].reduce((sum, count) => sum + count, 0)).toBe(requests)
    expect(after.size).toBeLessThanOrEqual(2_001)
    before = after
  }
  expect(before.get('/always')).toBe(2 * HOURS)
  expect(before.get('/deployed-later')).toBe(2 * (HOURS - 1))
  expect(before.get('overflow')).toBeGreaterThan(0)
  expect(instruments.routes.overflowCount).toBeGreaterThan(0)
})
