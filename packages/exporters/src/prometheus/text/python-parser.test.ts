import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryMetrics } from '../../testing/arbitrary-metrics.ts'
import { written } from '../../testing/metric-data.ts'
import { text004 } from './classic-text.ts'
import { openMetrics100 } from './open-metrics.ts'

/** A Python that may have `prometheus-client`. */
const python = process.env['VR_TEST_PYTHON'] ?? 'python3'

/** How many generated expositions are judged, of each format. */
const runs = Number(process.env['VR_TEST_PYTHON_RUNS'] ?? '500')

/** Reads `{"dialect", "text"}` a line and prints the ones that its parser refuses. */
const JUDGE = `
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

function refused(cases: readonly { dialect: string; text: string }[]): string[] {
  const input = cases.map((one) => JSON.stringify(one)).join('\n')
  const { status, stdout, stderr } = spawnSync(python, ['-c', JUDGE], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  if (status !== 0) throw new Error(`the judge failed: ${stderr}`)
  return stdout.split('\n').filter((line) => line !== '')
}

describe.skipIf(isMissing)("Python's prometheus-client", () => {
  const sets = fc.sample(arbitraryMetrics, runs)
  const settings = { withoutScopeInfo: false, unlabelledScopes: new Set(['ours']), created: true }

  it('accepts OpenMetrics, strictly', () => {
    const cases = sets.map((set) => ({
      dialect: 'openmetrics',
      text: Buffer.from(written(set, openMetrics100, settings).text).toString(),
    }))
    expect(refused(cases)).toEqual([])
  })

  it('accepts text', () => {
    const cases = sets.map((set) => ({
      dialect: 'text',
      text: Buffer.from(written(set, text004, settings).text).toString(),
    }))
    expect(refused(cases)).toEqual([])
  })

  it('refuses what is wrong', () => {
    const cases = [
      { dialect: 'openmetrics', text: 'a 1\n' },
      { dialect: 'text', text: 'a{b="c} 1\n' },
    ]
    expect(refused(cases)).toHaveLength(2)
  })
})
