import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MetricEvent } from '@vr/otel'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'

interface Recorded {
  readonly path: string
  readonly concurrent_calls: number
  readonly events: readonly MetricEvent[]
}

interface Difference {
  readonly api?: string
  readonly events?: number
  readonly reason: string
}

function readData<Data>(name: string): Data {
  return JSON.parse(
    readFileSync(fileURLToPath(new URL(`../data/llama-stack/${name}`, import.meta.url)), 'utf8'),
  ) as Data
}

const RECORDED = readData<Recorded[]>('metric-events.json')
const DIFFERENCES = readData<Record<string, Difference>>('event-differences.json')

let folder: string
let path: string
let app: RunningApp

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vr-llama-stack-'))
  path = join(folder, 'events.jsonl')
})

afterEach(async () => {
  await app.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function call(url: string, path: string, count: number): Promise<void> {
  const headers = { 'concurrent-calls': String(count), traceparent: TRACEPARENT }
  await Promise.all(Array.from({ length: count }, async () => (await fetch(url + path, { headers })).text()))
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function eventsOf(text: string): MetricEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MetricEvent)
}

/** What the events of two runs have in common: all fields, without the values of time and of the span. */
function comparable(event: MetricEvent): unknown {
  const { timestamp, span_id, value, ...rest } = event
  const isDuration = event.unit === 'seconds'
  return {
    fields: Object.keys(event),
    ...rest,
    value: isDuration ? typeof value : value,
    timestamp: timestamp.replaceAll(/\d/g, '0'),
    span_id: span_id.replaceAll(/[0-9a-f]/g, '0'),
  }
}

function expected({ path: target, events }: Recorded): unknown[] {
  const { api, events: count = events.length } = DIFFERENCES[target] ?? {}
  return events
    .slice(0, count)
    .map((event) =>
      comparable(api === undefined ? event : { ...event, attributes: { ...event.attributes, api } }),
    )
}

it('writes the events that llama-stack wrote for the same requests, except for the listed differences', async () => {
  app = new RunningApp('llama-stack.mjs', { env: { VR_METRIC_EVENTS: path, VR_TRACING_ENABLED: 'true' } })
  const url = await app.url()
  for (const { path: target, concurrent_calls } of RECORDED) await call(url, target, concurrent_calls)
  await app.kill('SIGTERM')
  expect(eventsOf(readFileSync(path, 'utf8')).map(comparable)).toEqual(RECORDED.flatMap(expected))
  expect(app.stdout.trim().split('\n')).toHaveLength(1)
})

it('writes to stderr, without a trace if tracing is off', async () => {
  app = new RunningApp('llama-stack.mjs', { env: { VR_METRIC_EVENTS: 'console' } })
  await call(await app.url(), '/v1/chat/completions', 1)
  await app.waitForOutput(/llama_stack_concurrent_requests.*\n/, 'stderr')
  const events = eventsOf(app.stderr.replaceAll(/^[^{].*\n/gm, ''))
  expect(events.map(({ trace_id, span_id, metric }) => [trace_id, span_id, metric])).toEqual([
    ['', '', 'llama_stack_requests_total'],
    ['', '', 'llama_stack_request_duration_seconds'],
    ['', '', 'llama_stack_concurrent_requests'],
  ])
})

it('opens the file anew after it was moved', async () => {
  app = new RunningApp('llama-stack.mjs', { env: { VR_METRIC_EVENTS: path } })
  const url = await app.url()
  const read = (name: string): Promise<string> =>
    eventually(async () => {
      await call(url, '/v1/models/x', 1)
      try {
        return readFileSync(name, 'utf8')
      } catch {
        return undefined
      }
    })
  await read(path)
  renameSync(path, `${path}.1`)
  expect(eventsOf(await read(path)).length).toBeGreaterThan(0)
})
