import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Family, UpstreamState } from '@vr/otel-metrics/engine'
import { expect, it } from 'vitest'
import type { ExternalReading } from './external-text.ts'
import { ExternalProducers } from './producers.ts'

const METADATA = { unit: '', help: '' }
const labels = { upstream: 'a' }

const number = (name: string, type: 'counter' | 'gauge' | 'info', value: number): Family => ({
  name,
  type,
  ...METADATA,
  points: [{ labels, value }],
})

const STATE: UpstreamState = {
  upstream: 'a',
  isUp: true,
  ageSeconds: 0.5,
  errors: { timeout: 2 } as UpstreamState['errors'],
  lastError: undefined,
  bytes: 1,
  dropped: { conflict: 1, unsafe: 0 },
}

/** Producers of a process whose engine has counted `value`. */
class Process {
  value = 10
  isMember = false
  reads = 0
  readonly producers = new ExternalProducers({
    external: { collect: async () => this.#read() },
    resource: resourceFromAttributes({}),
    describesEngines: true,
    isPushedElsewhere: () => this.isMember,
  })

  #read(): ExternalReading {
    this.reads += 1
    return {
      engines: [number('c', 'counter', this.value), number('g', 'gauge', 5), number('i', 'info', 1)],
      states: [STATE],
      promClient: [number('p', 'gauge', 7)],
    }
  }
}

type Producer = ReturnType<ExternalProducers['pulled']>

/** Returns the values by the name of the metric and the attributes. */
async function valuesOf(producer: Producer): Promise<Record<string, unknown>> {
  const { resourceMetrics } = await producer.collect()
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  return Object.fromEntries(
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [
        `${descriptor.name} ${Object.values(attributes).join()}`,
        value,
      ]),
    ),
  )
}

const ABOUT_ENGINES = {
  'vr_otel.engine.up a': 1,
  'vr_otel.engine.age a': 0.5,
  'vr_otel.engine.errors a,timeout': 2,
  'vr_otel.engine.dropped a,conflict': 1,
  'vr_otel.engine.not_pushed info': 1,
}

it('a reader that is scraped has the metrics of engines and of prom-client, and those about engines', async () => {
  const pulled = new Process().producers.pulled()
  expect(await valuesOf(pulled)).toEqual({ 'c a': 10, 'g a': 5, 'p a': 7, ...ABOUT_ENGINES })
  const { resourceMetrics } = await pulled.collect()
  const names = resourceMetrics.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor.name)
  expect(names).toEqual(['c', 'g', 'i', 'p'])
})

it('a reader that pushes has the cumulative values of engines, without types that OTLP does not have', async () => {
  const process = new Process()
  const pushed = process.producers.pushed(() => 1)
  expect(await valuesOf(pushed)).toEqual({ 'c a': 10, 'g a': 5, ...ABOUT_ENGINES })
  process.value = 12
  expect(await valuesOf(pushed)).toMatchObject({ 'c a': 12 })
  const { resourceMetrics } = await pushed.collect()
  const metrics = resourceMetrics.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor.name)
  expect(metrics).toEqual(['c', 'g'])
})

it('a reader that pushes deltas has differences, each reader its own', async () => {
  const process = new Process()
  const [first, second] = [process.producers.pushed(() => 0), process.producers.pushed(() => 0)]
  expect(await valuesOf(first)).not.toHaveProperty('c a')
  await valuesOf(second)
  process.value = 12
  expect(await valuesOf(first)).toMatchObject({ 'c a': 2, 'g a': 5 })
  process.value = 13
  expect(await valuesOf(first)).toMatchObject({ 'c a': 1 })
  expect(await valuesOf(second)).toMatchObject({ 'c a': 3 })
})

it('a process whose metrics another one pushes does not read the engines to push', async () => {
  const process = new Process()
  process.isMember = true
  expect(await valuesOf(process.producers.pushed(() => 1))).toEqual({})
  expect(process.reads).toBe(0)
})
