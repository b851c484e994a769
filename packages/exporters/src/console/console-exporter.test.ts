import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { PeriodicReader } from '../push/periodic-reader.ts'
import { counter, gauge, histogram, observed, point, resourceMetrics } from '../testing/metric-data.ts'
import { ConsoleMetricExporter } from './console-exporter.ts'

function setUp(maxSeries?: number) {
  const texts: string[] = []
  const exporter = new ConsoleMetricExporter({
    write: (text) => texts.push(text),
    now: () => new Date(Date.UTC(2030, 0, 1, 12, 34, 56)),
    ...(maxSeries === undefined ? {} : { maxSeries }),
  })
  const print = (...metrics: Parameters<typeof resourceMetrics>[0]): string | undefined => {
    texts.length = 0
    exporter.export(resourceMetrics(metrics), () => {})
    return texts[0]
  }
  return { exporter, print, texts }
}

describe('the console exporter', () => {
  it('prints one line per series', () => {
    const exemplar = {
      value: 0.3,
      timestamp: [2, 0] as [number, number],
      traceId: 'ab'.repeat(16),
      filteredAttributes: {},
    }
    const text = setUp().print(
      counter('requests', [point(3, { route: '/a', status: 200 }, [exemplar])], { unit: '{request}' }),
      gauge('memory', [point(1.23456789)], { unit: 'By' }),
      histogram('duration', [point(observed([0.1, 0.5], [0.05, 0.2, 0.2, 3]))], { unit: 's' }),
    )
    expect(text).toBe(`12:34:56 metrics of unknown: 3 of 3 series changed
  requests{route=/a, status=200} 3 · 0.3 in trace ${'ab'.repeat(16)}
  memory 1.235 By
  duration 4 times, mean 0.8625 s, p50 ≤ 0.5 s
`)
  })

  it('prints the series that changed, and nothing without a change', () => {
    const { print } = setUp()
    print(counter('a', [point(1)]), counter('b', [point(1)]))
    expect(print(counter('a', [point(1)]), counter('b', [point(1)]))).toBeUndefined()
    expect(print(counter('a', [point(1)]), counter('b', [point(2)]))).toBe(
      '12:34:56 metrics of unknown: 1 of 2 series changed\n  b 2\n',
    )
  })

  it('prints at most maxSeries series', () => {
    const points = Array.from({ length: 5 }, (_, i) => point(1, { i }))
    expect(setUp(2).print(counter('a', points))).toBe(
      '12:34:56 metrics of unknown: 5 of 5 series changed\n  a{i=0} 1\n  a{i=1} 1\n  … and 3 more\n',
    )
  })

  it('escapes control characters of attributes', () => {
    const text = setUp().print(counter('a', [point(1, { 'k\n': '\u001b[2J\u202e' })]))
    expect(text).toContain('{k\\u000a=\\u001b[2J\\u202e}')
  })

  it('passes an error to the callback instead of throwing', () => {
    const results: unknown[] = []
    const exporter = new ConsoleMetricExporter({
      write: () => {
        throw new Error('closed')
      },
    })
    exporter.export(resourceMetrics([counter('a', [point(1)])]), (result) => results.push(result))
    expect(results).toEqual([{ code: 1, error: new Error('closed') }])
  })

  it('prints the metrics of a provider of sdk-metrics at a flush', async () => {
    const { exporter, texts } = setUp()
    const provider = new MeterProvider({ readers: [new PeriodicReader({ exporter })] })
    provider.getMeter('shop').createCounter('orders').add(2, { kind: 'gift' })
    await provider.forceFlush()
    await provider.shutdown()
    expect(texts).toHaveLength(1)
    expect(texts[0]).toContain('  orders{kind=gift} 2\n')
  })
})

it.skipIf(process.platform !== 'linux').each(['', `process.stderr.write = () => { throw new Error('no') }`])(
  'does not end a process with an unwritable stderr: %s',
  (prepare) => {
    const script = `
      ${prepare}
      const { ConsoleMetricExporter } = await import('${new URL('../index.ts', import.meta.url).href}')
      const metric = { descriptor: { name: 'n', unit: '' }, dataPointType: 3, dataPoints: [{ attributes: {}, value: 1 }] }
      const metrics = { resource: { attributes: {} }, scopeMetrics: [{ metrics: [metric] }] }
      new ConsoleMetricExporter().export(metrics, ({ code }) => console.log('exported', code))`
    const run = (stderr: number | 'pipe') =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', stderr],
      })
    const full = openSync('/dev/full', 'w')
    const { status, stdout } = run(full)
    closeSync(full)
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'exported 0\n' })
    if (prepare === '') expect(run('pipe').stderr).toContain('n 1')
  },
)
