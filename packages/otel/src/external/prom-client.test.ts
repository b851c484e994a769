import { createRequire } from 'node:module'
import { setLogger } from '@vr/otel-metrics/internal'
import { afterEach, expect, it } from 'vitest'
import { PromClientRegistries } from './prom-client.ts'

const warnings: string[] = []
const ignore = (): void => {}
setLogger({
  error: ignore,
  warn: (text) => warnings.push(text),
  info: ignore,
  debug: ignore,
  verbose: ignore,
})

const path = (name: string): string => `/app/node_modules/${name}/index.js`

/** Modules that an application has loaded, with these registries. */
const loaded = (registries: Record<string, unknown>): NodeJS.Dict<NodeJS.Module> =>
  Object.fromEntries(
    Object.entries(registries).map(([name, register]) => [name, { exports: { register } } as NodeJS.Module]),
  )

afterEach(() => {
  warnings.length = 0
})

it.each(['prom-client', '@prometheus-io/client'])(
  'reads the default registry of %s, with the rules of its metrics',
  async (name) => {
    const client = createRequire(import.meta.url)(name)
    const registry = new client.Registry()
    new client.Gauge({ name: 'g', help: 'Help.', aggregator: 'max', registers: [registry] }).set(Number.NaN)
    new client.Summary({ name: 's', help: 'Help.', registers: [registry] }).observe(2)
    new client.Counter({ name: 'empty', help: 'Help.', labelNames: ['a'], registers: [registry] })
    for (const contentType of [client.prometheusContentType, client.openMetricsContentType]) {
      registry.setContentType(contentType)
      const found = await new PromClientRegistries(
        loaded({ [path(name)]: registry, '/app/x.js': registry }),
      ).collect(1000)
      expect(
        found.map(({ family, aggregator }) => [family.name.replace(/_total$/, ''), family.type, aggregator]),
      ).toEqual([
        ['g', 'gauge', 'max'],
        ['s', 'summary', 'sum'],
        ['empty', 'counter', 'sum'],
      ])
    }
    expect(warnings).toEqual([])
  },
)

it('a registry that fails or does not answer in time has no metrics, with one warning', async () => {
  const broken = {
    contentType: 'text/plain',
    getMetricsAsArray: () => [],
    metrics: async () => Promise.reject(new Error('broken')),
  }
  const registries = new PromClientRegistries(loaded({ [path('prom-client')]: broken }))
  expect([await registries.collect(1000), await registries.collect(1000)]).toEqual([[], []])
  expect(warnings).toEqual(['the metrics of prom-client are not exposed: broken'])
  const stuck = new PromClientRegistries(
    loaded({ [path('prom-client')]: { ...broken, metrics: () => new Promise<string>(() => {}) } }),
  )
  expect(await stuck.collect(1)).toEqual([])
  expect(warnings).toHaveLength(2)
})

it('modules without a registry are ignored', async () => {
  const modules = loaded({ [path('prom-client')]: undefined, [path('@prometheus-io/client')]: {} })
  expect(
    await new PromClientRegistries({ ...modules, '/node_modules/prom-client/index.js': undefined }).collect(
      10,
    ),
  ).toEqual([])
})
