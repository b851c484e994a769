import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { InstrumentDefinition } from '@vr/otel-instruments'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintDefinition } from './metric-lint.ts'
import { PackageCopy } from './package-copy.ts'
import { ROOT } from './package-sources.ts'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const GROUP = 'packages/instruments/src/instruments/http.ts'
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const BOUNDS = 'packages/instruments/src/instruments/bounds.test.ts'

const DEFINITION = `  throwAway: {
    name: 'http.throw_away',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests of a test.',
    attributes: [METHOD],
  },
`

describe('an instrument that is added to the file of its group', () => {
  const copy = new PackageCopy()
  let errors: readonly string[]

  beforeAll(() => {
    copy.insert(GROUP, 'before', '} as const satisfies Record<string, InstrumentDefinition>', DEFINITION)
    copy.insert(
      GROUP,
      'before',
      '  constructor(make: InstrumentFactory) {\n',
      '  readonly #throwAway: Counter\n',
    )
    copy.insert(
      GROUP,
      'after',
      '  constructor(make: InstrumentFactory) {\n',
      '    this.#throwAway = make.counter(HTTP_DEFINITIONS.throwAway)\n',
    )
    copy.insert(
      GROUP,
      'before',
      '    const series = this.#series.get(route, method)\n',
      '    this.#throwAway.add(1, { method }, context)\n',
    )
    errors = copy.compile('instruments')
  }, 60_000)

  afterAll(() => copy.remove())

  it('compiles without any other change', () => {
    expect(errors).toEqual([])
  })

  it('is in docs/metrics.md once it is generated', () => {
    expect(copy.run(['packages/otel/scripts/docs.ts'])).toEqual({ status: 0, output: '' })
    expect(copy.read('docs/metrics.md')).toContain(
      '| `vllm_responses_http_throw_away_total` | `vllm_responses.http.throw_away` | counter | `{request}` | `method` | Requests of a test. |',
    )
  })

  it('is checked by the metric lint', async () => {
    const url = pathToFileURL(join(copy.folder, 'packages/instruments/dist/index.js')).href
    const { CATALOG } = (await import(url)) as { CATALOG: { http: readonly InstrumentDefinition[] } }
    const added = CATALOG.http.find(({ name }) => name === 'http.throw_away') as InstrumentDefinition
    expect(lintDefinition(added)).toEqual([])
  })

  it('is exposed in a scrape', async () => {
    const app = new RunningApp('plain.mjs', { execArgv: ['--import', copy.register] })
    const url = await app.url()
    await (await fetch(url)).text()
    expect((await scrape(`${url}/metrics`)).values('http_throw_away_total')).toEqual({ 'method=GET': 1 })
    await app.kill()
  })

  it('passes the test of bounds, which fails if its label is not bounded', () => {
    const options = ['--root', copy.folder, '--reporter', 'verbose', '--hookTimeout', '60000']
    const bounds = () => copy.run([VITEST, 'run', ...options, BOUNDS])
    const bounded = bounds()
    expect(bounded.output).toContain('of http is bounded: method of http.throw_away')
    expect(bounded.status, bounded.output).toBe(0)
    copy.write(
      GROUP,
      copy.read(GROUP).replace('{ method }, context)', '{ method: method + route }, context)'),
    )
    const unbounded = bounds()
    expect(unbounded.output).toMatch(/FAIL .*of http is bounded: method of http\.throw_away/)
    expect(unbounded.status, unbounded.output).toBe(1)
  }, 120_000)
})
