import { describe, expect, it } from 'vitest'
import { openEngines, respond, serveEngine } from '../testing/engine-server.ts'

const serveText = (text: string): Promise<URL> => serveEngine((_, response) => respond(response, text))

describe('the families of several engines', () => {
  it('are joined, with the labels of the settings and the label upstream', async () => {
    const a = await serveText('# HELP x of a\n# TYPE x gauge\nx{model="m"} 1\n')
    const b = await serveText('# HELP x of b\n# TYPE x gauge\nx 2\n')
    const engines = openEngines({ a, b }, { labels: { zone: 'z' } })
    expect(await engines.collect()).toEqual([
      {
        name: 'x',
        type: 'gauge',
        unit: '',
        help: 'of a',
        points: [
          { labels: { model: 'm', zone: 'z', upstream: 'a' }, value: 1 },
          { labels: { zone: 'z', upstream: 'b' }, value: 2 },
        ],
      },
    ])
  })

  it('keep labels of the engine under the prefix exported_', async () => {
    const a = await serveText('x{upstream="1",exported_upstream="2",zone="3",other="4"} 1\n')
    const [family] = await openEngines({ a }, { labels: { zone: 'z' } }).collect()
    expect(family?.points).toEqual([
      {
        labels: {
          exported_upstream: '2',
          exported_exported_upstream: '1',
          exported_zone: '3',
          other: '4',
          zone: 'z',
          upstream: 'a',
        },
        value: 1,
      },
    ])
  })

  it('are selected as a whole by the start of their names; an excluded prefix wins', async () => {
    const a = await serveText(
      [
        '# TYPE vllm:h histogram\nvllm:h_bucket{le="+Inf"} 1\nvllm:h_sum 1\nvllm:h_count 1',
        '# TYPE vllm:x_total counter\nvllm:x_total 1',
        'vllm:secret 1\npython_gc 1\nother 1\n',
      ].join('\n'),
    )
    const engines = openEngines(
      { a },
      { include: ['vllm:', 'python_'], exclude: ['python_', 'vllm:s', 'vllm:h_bucket'] },
    )
    const families = await engines.collect()
    expect(families.map(({ name, points }) => [name, points.length])).toEqual([
      ['vllm:h', 1],
      ['vllm:x_total', 1],
    ])
  })

  it('U7: a family of the later engine is dropped if the first has its name with another type', async () => {
    const a = await serveText('# TYPE x histogram\nx_bucket{le="+Inf"} 1\n# TYPE y gauge\ny 1\n')
    const b = await serveText('x_count 1\n# TYPE y counter\ny 1\nz 1\n')
    const engines = openEngines({ a, b })
    const families = await engines.collect()
    expect(families.map(({ name, type }) => [name, type])).toEqual([
      ['x', 'histogram'],
      ['y', 'gauge'],
      ['z', 'unknown'],
    ])
    expect(engines.state().map(({ isUp, dropped }) => [isUp, dropped])).toEqual([
      [true, { conflict: 0, unsafe: 0 }],
      [true, { conflict: 2, unsafe: 0 }],
    ])
  })

  it('are dropped if names or bounds contain markup', async () => {
    const a = await serveText(
      [
        '{"a<b"} 1\n{"a>b"} 1\n{"a\\"b"} 1',
        'x{"<script>"="1"} 1',
        'y{le="<b>"} 1',
        'kept{text="<b>\\""} 1\n',
      ].join('\n'),
    )
    const engines = openEngines({ a })
    expect((await engines.collect()).map(({ name }) => name)).toEqual(['kept'])
    expect(engines.state()).toMatchObject([{ isUp: true, dropped: { unsafe: 5 } }])
  })

  it('cannot have the same name twice', async () => {
    const url = new URL('http://127.0.0.1/')
    const upstreams = [
      { name: 'a', url },
      { name: 'a', url },
    ]
    const { EngineMetrics } = await import('./engine-metrics.ts')
    expect(
      () => new EngineMetrics({ upstreams, include: [], exclude: [], labels: {}, timeoutMs: 1 }),
    ).toThrow('two engines have the same name')
  })
})
