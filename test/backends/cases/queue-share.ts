/** The rules of `docs/engine-metrics.md`: the queue share, in a Prometheus that scrapes a gateway and its engine from one endpoint. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sendTraffic } from '../../../examples/src/load-generator.ts'
import { ChildPrograms } from '../../../examples/src/start/child-programs.ts'
import { scrape } from '../../../examples/src/start/scrape.ts'
import type { PrometheusName, Stage } from '../stage.ts'
import type { Prometheus } from '../start/prometheus.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

const SOURCES = new URL('../../../examples/src/', import.meta.url)

/** Metrics that the rule divides. */
const TERMS = [
  'vllm:request_queue_time_seconds_sum',
  'vllm:request_queue_time_seconds_count',
  'vllm_responses_sse_time_to_first_event_seconds_sum',
  'vllm_responses_sse_time_to_first_event_seconds_count',
] as const

type Terms = readonly [number, number, number, number]

/** Returns the cases for one Prometheus with the feature `promql-extended-range-selectors`. */
export function queueShareCases(name: PrometheusName, title: string): Case[] {
  return [
    {
      name: `${title}: the queue share is the queue time of the engine by the time to the first event of the gateway`,
      needs: [name],
      run: async (stage) => {
        const programs = new ChildPrograms((problem) => console.error(problem))
        try {
          await checkQueueShare(stage, name, await startPair(programs))
        } finally {
          await programs.stop()
        }
      },
    },
    {
      name: 'promtool 2.42: accepts the rules in docs/engine-metrics.md',
      needs: ['promtool2'],
      run: async (stage) => {
        const blocks = rules()
        assert.equal(blocks.length, 2)
        for (const block of blocks) checkRules(stage.program('promtool2'), block)
      },
    },
  ]
}

async function checkQueueShare(stage: Stage, name: PrometheusName, url: string): Promise<void> {
  await sendTraffic(`${url}/v1`, { streams: 2 }) // both routes have a series before the first scrape
  const prometheus = await stage.scraping(name, url)
  const before = await storedTerms(prometheus, url)
  await sendTraffic(`${url}/v1`, { streams: 12 })
  const after = await storedTerms(prometheus, url)
  const [queueTime, requests, firstEventTime, streams] = after.map((value, at) => value - before[at as 0])
  assert.deepEqual([requests, streams], [12, 12])
  const expected = Number(queueTime) / 12 / (Number(firstEventTime) / 12)
  assert.ok(expected > 0 && expected < 1, `the queue share is ${expected}`)
  // Without the extrapolation of rate(), which differs between the four terms.
  const exact = await valueIn(prometheus, url, expression().replaceAll('[5m]', '[5m] anchored'))
  assert.ok(Math.abs(exact / expected - 1) < 1e-9, `${exact} instead of ${expected}`)
  const share = await valueIn(prometheus, url, expression())
  assert.ok(share > 0 && Number.isFinite(share), `the recording rule has ${share}`)
}

/** promtool reads rules from a file only. */
function checkRules(promtool: string, block: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'vr-otel-rules-'))
  try {
    writeFileSync(join(folder, 'rules.yaml'), block)
    const args = ['check', 'rules', join(folder, 'rules.yaml')]
    const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Starts an engine that answers one request at a time, and its gateway. */
async function startPair(programs: ChildPrograms): Promise<string> {
  const start = async (name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> => {
    const { firstLine } = await programs.start(name, args, { PORT: '0', ...env })
    return /http:\/\/[^\s/]+/.exec(firstLine)?.[0] ?? assert.fail(firstLine)
  }
  const engineUrl = await start('engine', [pathOf('engine.ts')], { ENGINE_MAX_REQUESTS: '1' })
  return await start('gateway', ['--import', '@vr/otel/register', pathOf('gateway.ts')], {
    ENGINE_URL: engineUrl,
    VR_ENGINE_METRICS_URL: `${engineUrl}/metrics`,
  })
}

/** Waits until Prometheus has the values that the gateway exposes while it is quiet. */
function storedTerms(prometheus: Prometheus, url: string): Promise<Terms> {
  return waitFor('the values of the gateway', async () => {
    const { samples } = await scrape(`${url}/metrics`)
    const exposed = TERMS.map((term) => sum(samples.filter(({ name }) => name === term)))
    const queries = TERMS.map((term) => prometheus.query(`{__name__="${term}",instance="${hostOf(url)}"}`))
    assert.deepEqual((await Promise.all(queries)).map(sum), exposed)
    return exposed as unknown as Terms
  })
}

async function valueIn(prometheus: Prometheus, url: string, query: string): Promise<number> {
  const found = (await prometheus.query(query)).filter(({ labels }) => labels['instance'] === hostOf(url))
  assert.equal(found.length, 1, query)
  return found[0]?.value ?? Number.NaN
}

/** Returns the YAML blocks of the page. */
function rules(): string[] {
  const page = readFileSync(new URL('../../../docs/engine-metrics.md', import.meta.url), 'utf8')
  return [...page.matchAll(/^```yaml\n(groups:[\s\S]*?)^```/gm)].map(([, yaml = '']) => yaml)
}

/** Returns the expression of the recording rule. */
function expression(): string {
  const [, found] =
    /record: gateway:engine_queue_share:\S+\n +expr: \|\n([\s\S]+)/.exec(rules().join('')) ?? []
  return (found ?? assert.fail('no rule')).split(/^\S/m)[0] as string
}

const sum = (series: readonly { readonly value: number }[]): number =>
  series.reduce((total, { value }) => total + value, 0)

const hostOf = (url: string): string => new URL(url).host

const pathOf = (file: string): string => new URL(file, SOURCES).pathname
