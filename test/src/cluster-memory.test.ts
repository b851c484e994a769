import { expect, it } from 'vitest'
import { freePorts } from '../backends/start/ports.ts'
import { RunningApp } from './running-app.ts'

/** Few workers in `npm test`; 100 and 300 in `npm run test:chaos`. */
const [FIRST = 0, LAST = 0] = (process.env['TEST_CHURN_WORKERS'] ?? '20,60').split(',').map(Number)
const MB = 2 ** 20

interface Memory {
  readonly jobs: number
  readonly heapUsed: number
  readonly rss: number
}

it(`the primary needs as much memory after ${LAST} killed workers as after ${FIRST}`, async () => {
  const [port] = await freePorts(1)
  const app = new RunningApp('cluster-churn.mjs', {
    // A young generation of one size: V8 would enlarge it by megabytes, independent of what is retained.
    execArgv: ['--expose-gc', '--max-semi-space-size=1', '--import', '@vr/otel/register'],
    env: { MARKS: `${FIRST},${LAST}`, VR_METRICS_PORT: String(port), VR_OTEL_LOG_LEVEL: 'error' },
  })
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  const [first, last] = app.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Memory) as [Memory, Memory]
  console.log(app.stdout)
  expect([first.jobs, last.jobs]).toEqual([FIRST, LAST])
  expect((last.heapUsed - first.heapUsed) / MB).toBeLessThan(2)
  expect((last.rss - first.rss) / MB).toBeLessThan(2)
}, 600_000)
