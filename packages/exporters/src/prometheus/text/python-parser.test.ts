import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryMetrics } from '../../testing/arbitrary-metrics.ts'
import { written } from '../../testing/metric-data.ts'
import { text004 } from './classic-text.ts'
import { openMetrics100 } from './open-metrics.ts'

/** Python with `prometheus-client`, if it is installed. */
const python = process.env['VR_TEST_PYTHON'] ?? 'python3'

/** Number of generated expositions for each format. */
const runs = Number(process.env['VR_TEST_PYTHON_RUNS'] ?? '500')

/** Reads one `{"dialect", "text"}` per line and prints those that the parser rejects. */
const PARSER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text
for line in sys.stdin:
    case = json.loads(line)
    parse = openmetrics if case["dialect"] == "openmetrics" else text
    try:
        list(parse(case["text"]))
    except Exception as error:
        print(json.dumps([repr(error), case["text"]]))
`

const isMissing = spawnSync(python, ['-c', 'import prometheus_client.openmetrics.parser']).status !== 0
if (isMissing) {
  process.stderr.write(
    `python-parser.test.ts is skipped: ${python} has no prometheus-client (VR_TEST_PYTHON)\n`,
  )
}

function rejected(cases: readonly { dialect: string; text: string }[]): string[] {
  const input = cases.map((one) => JSON.stringify(one)).join('\n')
  const { status, stdout, stderr } = spawnSync(python, ['-c', PARSER], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  if (status !== 0) throw new Error(`the parser failed: ${stderr}`)
  return stdout.split('\n').filter((line) => line !== '')
}

describe.skipIf(isMissing)("Python's prometheus-client", () => {
  const sets = fc.sample(arbitraryMetrics, runs)
  const settings = { withoutScopeInfo: false, unlabelledScopes: new Set(['ours']), created: true }

  it('accepts OpenMetrics', () => {
    const cases = sets.map((set) => ({
      dialect: 'openmetrics',
      text: Buffer.from(written(set, openMetrics100, settings).text).toString(),
    }))
    expect(rejected(cases)).toEqual([])
  })

  it('accepts text', () => {
    const cases = sets.map((set) => ({
      dialect: 'text',
      text: Buffer.from(written(set, text004, settings).text).toString(),
    }))
    expect(rejected(cases)).toEqual([])
  })

  it('rejects invalid expositions', () => {
    const cases = [
      { dialect: 'openmetrics', text: 'a 1\n' },
      { dialect: 'text', text: 'a{b="c} 1\n' },
    ]
    expect(rejected(cases)).toHaveLength(2)
  })
})
