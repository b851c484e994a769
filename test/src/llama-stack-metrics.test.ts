import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { sumOf } from './cluster-app.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

type Labels = Readonly<Record<string, string>>

interface Request {
  readonly method: string
  readonly path: string
  readonly status: number
  /** An answer of `llama-stack-requests.mjs`. Default: `json`. */
  readonly response?: string
}

/** The change of the metrics of OGX by one request. */
interface Scenario {
  readonly scenario: string
  readonly request: Request
  readonly changes: Readonly<Record<string, number>>
}

/** The metrics of llama-stack after some requests. */
interface Totals {
  readonly requests: readonly { request: Request; attributes: Labels; value: number }[]
  readonly durations: readonly { attributes: Labels; count: number }[]
  readonly concurrent: readonly { attributes: Labels; value: number }[]
}

/** Labels that our metrics have instead; `undefined`: none. */
interface Difference {
  readonly labels: Readonly<Record<string, string | null>>
  readonly reason: string
}

function readData<Data>(name: string): Data {
  const url = new URL(`../data/llama-stack/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(fileURLToPath(url), 'utf8')) as Data
}

const DIFFERENCES = readData<{
  all: Difference
  api: Readonly<Record<string, Difference>>
  scenarios: Readonly<Record<string, Difference>>
}>('metric-differences')

let app: RunningApp

afterEach(() => app.kill('SIGKILL'))

/** Sends a request, and closes the connection where the answer does not end by itself. */
function send(base: string, { method, path, status, response = 'json' }: Request): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const headers = { answer: response, 'answer-status': String(status) }
  const sent = request(`${base}${path}`, { method, headers, agent: false }, (answer) => {
    answer.on('close', resolve).on('error', () => {}) // of the connection that is closed here
    answer.on('data', () => response.includes('client') && sent.destroy())
  })
  sent.on('error', () => resolve()).on('information', () => sent.destroy())
  sent.end()
  return promise
}

/** Returns the series of requests and of durations, as `name label=value,…` → count. */
function series(scraped: Scrape, prefix: string): Record<string, number> {
  const names = [`${prefix}_requests_total`, `${prefix}_request_duration_seconds_count`]
  return Object.fromEntries(
    names.flatMap((name) =>
      Object.entries(scraped.values(name)).map(([labels, value]) => [`${name} ${labels}`, value]),
    ),
  )
}

function changes(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const changed = Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)] as const)
  return Object.fromEntries(changed.filter(([, change]) => change !== 0))
}

/** Returns recorded labels as ours, after the listed differences, in the order of their names. */
function ours(labels: Labels, ...differences: (Difference | undefined)[]): string {
  const known = [DIFFERENCES.all, DIFFERENCES.api[labels['api'] ?? ''], ...differences]
  const changed: Record<string, string | null> = { ...labels }
  for (const difference of known) {
    for (const [name, value] of Object.entries(difference?.labels ?? {}))
      if (name in changed) changed[name] = value
  }
  return Object.entries(changed)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join()
}

const labelsOf = (text: string): Labels =>
  Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))

function expectedChanges({ scenario, changes: recorded }: Scenario): Record<string, number> {
  return Object.fromEntries(
    Object.entries(recorded).map(([key, value]) => [
      `${key.split('{', 1)[0]} ${ours(labelsOf(key), DIFFERENCES.scenarios[scenario])}`,
      value,
    ]),
  )
}

/** Starts the application with the group `llama_stack`, and returns its URL and a function that scrapes it. */
async function start(env: Record<string, string> = {}) {
  app = new RunningApp('llama-stack-requests.mjs', {
    env: { VR_METRICS_GROUPS: 'llama_stack', VR_METRICS_PORT: '0', ...env },
  })
  const url = await app.url()
  const metricsUrl = await app.metricsUrl()
  return { url, read: () => scrape(metricsUrl) }
}

it('each request of the recording of OGX changes the same series, except for the listed differences', async () => {
  const scenarios = readData<Scenario[]>('ogx-requests')
  const { url, read } = await start({ VR_METRICS_LLAMA_STACK_PREFIX: 'ogx' })
  let before: Record<string, number> = {}
  let count = 0
  for (const scenario of scenarios) {
    const expected = expectedChanges(scenario)
    await send(url, scenario.request)
    if (Object.keys(expected).length > 0) count += 1
    const scraped = await eventually(async () => {
      const now = await read()
      return sumOf(now, 'ogx_requests_total') >= count ? now : undefined
    })
    const after = series(scraped, 'ogx')
    expect({ [scenario.scenario]: changes(before, after) }).toEqual({ [scenario.scenario]: expected })
    before = after
  }
})

it('the requests of the recording of llama-stack give the same totals, except for the listed differences', async () => {
  const { requests, durations, concurrent } = readData<Totals>('llama-stack-0.7.3')
  const { url, read } = await start()
  let count = 0
  for (const { request: sent, value } of requests) {
    for (let n = 0; n < value; n += 1) await send(url, sent)
    count += value
  }
  const scraped = await eventually(async () => {
    const now = await read()
    return sumOf(now, 'llama_stack_requests_total') >= count ? now : undefined
  })
  const expected: Record<string, number> = {}
  const add = (name: string, attributes: Labels, value: number): void => {
    const key = `llama_stack_${name} ${ours(attributes)}`
    expected[key] = (expected[key] ?? 0) + value
  }
  for (const { attributes, value } of requests) add('requests_total', attributes, value)
  for (const { attributes, count: n } of durations) add('request_duration_seconds_count', attributes, n)
  expect(series(scraped, 'llama_stack')).toEqual(expected)
  const gauge = scraped.values('llama_stack_concurrent_requests')
  for (const { attributes, value } of concurrent) expect(gauge).toHaveProperty([ours(attributes)], value)
})
