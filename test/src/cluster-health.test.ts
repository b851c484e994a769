import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MetricEvent } from '@vr/otel'
import { afterEach, expect, it } from 'vitest'
import { ClusterApp } from './cluster-app.ts'
import { EngineEndpoint } from './engine-endpoint.ts'
import { eventually } from './running-app.ts'

interface Check {
  readonly name: string
  readonly ready: boolean
  readonly reason?: string
}

let app: ClusterApp

afterEach(() => app.kill())

/** Waits until the readiness endpoint gives a result of a check that matches, and returns the status of its answer. */
function statusOf(url: string, matches: (check: Check) => boolean): Promise<number> {
  return eventually(async () => {
    const answer = await fetch(url, { headers: { connection: 'close' } })
    const { checks } = (await answer.json()) as { checks: Check[] }
    return checks.some(matches) ? answer.status : undefined
  })
}

/** Returns the URL of the readiness endpoint of the primary. */
async function readyUrl(): Promise<string> {
  return (await app.app.metricsUrl()).replace(/\/metrics$/, '/ready')
}

const isReady = ({ name, ready }: Check): boolean => name === 'workers' && ready

const isNotReady =
  (pattern: RegExp) =>
  ({ name, ready, reason = '' }: Check): boolean =>
    name === 'workers' && !ready && pattern.test(reason)

/** Sends SIGTERM to a worker, which handles it and keeps running. */
async function drain(id: number): Promise<void> {
  app.command(id, 'continueAfterSigterm')
  await app.app.waitForOutput(new RegExp(`worker ${id} handles SIGTERM`))
  app.command(0, 'signal', id, 'SIGTERM')
  await app.app.waitForOutput(new RegExp(`worker ${id} drains`))
}

it('the primary is not ready if a worker is not, or all workers drain', async () => {
  app = await ClusterApp.start({ env: { VR_METRICS_PORT: '0' } })
  const url = await readyUrl()
  expect(await statusOf(url, isReady)).toBe(200)
  app.command(2, 'setReady', 'database', false, 'connecting')
  expect(await statusOf(url, isNotReady(/^worker \d+: database: connecting$/))).toBe(503)
  app.command(1, 'setReady', 'cache', false, 'full')
  expect(await statusOf(url, isNotReady(/^(worker \d+: (database: connecting|cache: full)(; |$)){2}/))).toBe(
    503,
  )
  await drain(2)
  expect(await statusOf(url, isNotReady(/^worker \d+: cache: full$/))).toBe(503)
  app.command(1, 'setReady', 'cache', true)
  expect(await statusOf(url, isReady)).toBe(200)
  await drain(1)
  expect(await statusOf(url, isNotReady(/^all workers drain$/))).toBe(503)
})

it('workers have the result of the check of the engines of the primary', async () => {
  const engine = await EngineEndpoint.start('not valid\n')
  const workerEnv = {
    VR_HEALTH_READY_PATH: '/ready',
    VR_ENGINE_METRICS_URL: 'own=http://127.0.0.1:1/metrics',
  }
  app = await ClusterApp.start({
    env: { VR_METRICS_PORT: '0', VR_ENGINE_METRICS_URL: `engine=${engine.url}` },
    workerEnv: { 1: workerEnv, 2: workerEnv },
  })
  const isDown = ({ name, ready, reason }: Check): boolean =>
    name === 'engine' && !ready && reason?.startsWith('engine: ') === true
  expect(await statusOf(await readyUrl(), isDown)).toBe(503)
  expect(await statusOf(`${app.url}/ready`, isDown)).toBe(503)
  expect(await statusOf(await readyUrl(), isNotReady(/worker \d+: engine: engine: /))).toBe(503)
  engine.text = 'vllm:x 1\n'
  expect(await statusOf(await readyUrl(), ({ name, ready }) => name === 'engine' && ready)).toBeDefined()
  expect(await statusOf(await readyUrl(), isReady)).toBe(200)
}, 60_000)

it('all workers write their metric events into the same file, each on a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vr-events-'))
  const path = join(folder, 'events.jsonl')
  try {
    const ids = [1, 2, 3, 4]
    app = await ClusterApp.start({
      workers: ids.length,
      env: { VR_METRIC_EVENTS: path },
      workerEnv: Object.fromEntries(ids.map((id) => [id, { VR_METRICS_LLAMA_STACK_PREFIX: `worker${id}` }])),
    })
    await Promise.all(Array.from({ length: 8 }, () => app.request(50)))
    const lines = await eventually(async () => {
      const text = readFileSync(path, 'utf8').split('\n')
      return text.length > app.total * 3 ? text : undefined
    })
    expect(lines.pop()).toBe('')
    const events = lines.map((line) => JSON.parse(line) as MetricEvent)
    for (const id of ids) {
      const count = app.answered.get(String(id))
      const ofWorker = (name: string) =>
        events.filter(({ metric }) => metric === `worker${id}_${name}`).length
      expect([
        ofWorker('requests_total'),
        ofWorker('request_duration_seconds'),
        ofWorker('concurrent_requests'),
      ]).toEqual([count, count, count])
    }
    expect(events).toHaveLength(app.total * 3)
    expect(app.answered.size).toBe(ids.length)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
