import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { OPENMETRICS, scrape } from './scrape.ts'

/**
 * A Python with prometheus-client, the strictest parser of OpenMetrics. `VR_TEST_PYTHON` names one; without it these tests
 * are skipped, with the reason in their name.
 */
const PYTHON = process.env['VR_TEST_PYTHON'] ?? 'python3'
const PARSER = fileURLToPath(new URL('../parsers/prometheus_client_parser.py', import.meta.url))

function missing(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import prometheus_client.openmetrics.parser'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return (
      String((error as Error).message)
        .split('\n')
        .at(-2) ?? 'no Python'
    )
  }
}

interface Family {
  readonly name: string
  readonly type: string
  readonly samples: readonly { readonly name: string; readonly value: number; readonly exemplar: unknown }[]
}

function parseWithPython(text: string, format: 'openmetrics' | 'text'): Family[] {
  return JSON.parse(execFileSync(PYTHON, [PARSER, format], { input: text, encoding: 'utf8', stdio: 'pipe' }))
}

const reason = missing()
if (reason !== undefined) process.stderr.write(`python-parser.test.ts is skipped: ${reason}\n`)

describe.skipIf(reason !== undefined)(
  `Python's prometheus-client${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it('parses our expositions in both formats into the same samples as our own parser', async () => {
      const app = new RunningApp('routes.mjs', {
        env: { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1', VR_METRICS_CREATED: 'true' },
      })
      const url = await app.url()
      for (let n = 0; n < 8; n++)
        for (const kind of ['route', 'stream', 'none']) await (await fetch(`${url}/${kind}${n}/1`)).text()
      for (const [accept, format] of [
        [OPENMETRICS, 'openmetrics'],
        ['text/plain; version=0.0.4', 'text'],
      ] as const) {
        const ours = await scrape(`${url}/metrics`, accept)
        const families = parseWithPython(ours.text, format)
        const theirs = families.flatMap(({ samples }) => samples)
        expect(theirs.map(({ name, value }) => [name, value])).toEqual(
          ours.samples.map(({ name, value }) => [name, value]),
        )
        expect(theirs.some(({ exemplar }) => exemplar !== null)).toBe(format === 'openmetrics')
        expect(families.find(({ name }) => name.startsWith('vllm_responses_http_requests'))?.type).toBe(
          'counter',
        )
      }
      await app.kill()
    })

    it('rejects an invalid exposition', () => {
      expect(() => parseWithPython('a 1\n', 'openmetrics')).toThrow(/EOF/)
    })
  },
)
