import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const APPS = join(ROOT, 'test/apps')

/** The JavaScript blocks of the pages that users read. */
const blocks = globSync('{README.md,docs/*.md,packages/*/README.md}', { cwd: ROOT }).flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ''], i) => ({
    page,
    code,
    i,
  })),
)

describe('the code in the documentation', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(APPS, '.readme-'))
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('has blocks', () => {
    expect(blocks.length).toBeGreaterThan(1)
  })

  it.each(blocks)('runs: $page, block $i', async ({ code, i, page }) => {
    const file = join(folder, `${i}-${page.replaceAll('/', '-')}.mjs`)
    writeFileSync(file, code)
    const app = new RunningApp(join(basename(folder), relative(folder, file)))
    expect({ ...(await app.exit()), stderr: app.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  })
})

describe('the loggers in docs/tracing.md', () => {
  const loggers = blocks.filter(({ code }) => code.includes('logTraceIds'))
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(APPS, '.readme-'))
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('are those of pino, winston and the console', () => {
    expect(loggers.map(({ code }) => /from '(?!@vr)(\w+)'/.exec(code)?.[1])).toEqual([
      'pino',
      'winston',
      undefined,
    ])
  })

  it.each(loggers)('write the ids of the request on its lines: block $i', async ({ code, i, page }) => {
    const file = join(folder, `${i}-${page.replaceAll('/', '-')}.mjs`)
    writeFileSync(file, code + LOGGING_SERVER)
    const app = new RunningApp(join(basename(folder), basename(file)), {
      env: { VR_TRACING_ENABLED: 'true', OTEL_TRACES_EXPORTER: 'none', VR_TRACING_SAMPLE_RATIO: '0' },
    })
    const [url] = await app.waitForOutput(/http:\/\/127\.0\.0\.1:\d+/)
    const ids = (await (await fetch(url)).json()) as Record<string, string>
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    const lines = app.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map((line) => line['msg'] ?? line['message'])).toEqual([
      'every line of a request has trace_id, span_id and trace_flags',
      url,
      'in a request',
    ])
    expect(ids).toMatchObject({ trace_id: expect.stringMatching(/^[0-9a-f]{32}$/), trace_flags: '00' })
    expect(lines[0]).not.toHaveProperty('trace_id')
    expect(lines[2]).toMatchObject(ids)
  })
})

/** Appended to the code of a logger: a server that logs its URL and one request, and then ends the process. */
const LOGGING_SERVER = `
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  logger.info('in a request')
  response.end(JSON.stringify(logTraceIds()), () => process.exit())
})
server.listen(0, '127.0.0.1', () => logger.info(\`http://127.0.0.1:\${server.address().port}\`))
`
