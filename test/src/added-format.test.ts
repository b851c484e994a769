import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PackageCopy } from './package-copy.ts'
import { RunningApp } from './running-app.ts'

const TEXT = 'packages/exporters/src/prometheus/text'

const FORMAT = `import type { ExpositionFormat } from './format.ts'
import type { WrittenFamily } from './written-family.ts'

/** A format of a test: the name and type of each family. */
export const throwAway: ExpositionFormat = {
  mediaType: 'application/x-throw-away',
  version: '1.2.3',
  escapes: false,
  *family({ classicName, type }: WrittenFamily): Generator<string> {
    yield \`\${classicName} is a \${type}\\n\`
  },
  end: 'the end\\n',
}
`

describe('an exposition format that is added as one file and one line', () => {
  const copy = new PackageCopy()
  let errors: readonly string[]
  let app: RunningApp
  let url: string

  beforeAll(async () => {
    copy.write(`${TEXT}/throw-away.ts`, FORMAT)
    copy.insert(`${TEXT}/formats.ts`, 'after', 'openMetrics100, text100', ', throwAway')
    copy.insert(`${TEXT}/formats.ts`, 'before', 'import ', "import { throwAway } from './throw-away.ts'\n")
    errors = copy.compile('exporters')
    app = new RunningApp('plain.mjs', { execArgv: ['--import', copy.register] })
    url = `${await app.url()}/metrics`
  }, 60_000)

  afterAll(async () => {
    await app.kill()
    copy.remove()
  })

  it('compiles without any other change', () => {
    expect(errors).toEqual([])
  })

  it('is the answer to a scrape that accepts it', async () => {
    const answer = await fetch(url, { headers: { accept: 'text/plain;q=0.5, application/x-throw-away' } })
    expect(answer.headers.get('content-type')).toBe('application/x-throw-away; version=1.2.3; charset=utf-8')
    const text = await answer.text()
    expect(text).toContain('vllm_responses_http_in_flight_requests is a gauge\n')
    expect(text).toMatch(/\nthe end\n$/)
  })

  it.each([
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    ['application/x-throw-away;version=9', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text',
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
  ])('is not the answer to a scrape that accepts %s', async (accept, type) => {
    const answer = await fetch(url, { headers: { accept } })
    await answer.text()
    expect(answer.headers.get('content-type')).toBe(type)
  })
})
