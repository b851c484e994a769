import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { exactSamples, exemplars, get, getJson, scrapeOpenMetrics } from '../scrape.ts'

/** What the application's own SDK has exported. */
interface Exported {
  readonly points: readonly { readonly name: string; readonly value: unknown }[]
  readonly spans: readonly { kind: number; name: string; traceId: string; spanId: string }[]
}

/** Kind of a server's span in the OpenTelemetry API (`SpanKind.SERVER`). */
const SERVER = 1

const ORDERS = 3

/** How the application is started: our flag first, as the documentation shows it, or after its own SDK. */
const STARTS = [
  ['--import', '@vr/otel/register', '--import', './telemetry.mjs', 'server.mjs'],
  ['--import', './telemetry.mjs', '--import', '@vr/otel/register', 'server.mjs'],
  ['--import', '@vr/otel/register', '--require', './telemetry.cjs', 'server.cjs'],
  ['--require', '@vr/otel/register', '--require', './telemetry.cjs', 'server.cjs'],
  ['--require', './telemetry.cjs', '--require', '@vr/otel/register', 'server.cjs'],
] as const

const AFTER_TRAFFIC = [
  'vllm_responses_http_in_flight_requests 0',
  `vllm_responses_http_request_duration_seconds_count{method="GET",route="unmatched"} ${ORDERS + 1}`,
  `vllm_responses_http_requests_total{method="GET",route="unmatched",status="200"} ${ORDERS + 1}`,
  'vllm_responses_sse_connections_in_flight 0',
  'vllm_responses_sse_stream_duration_seconds_count{route="unmatched"} 1',
]

/** An application with an SDK of its own keeps its spans and metrics, and ours name its spans in exemplars. */
export async function ownSdk(checks: Checks, { folder }: Project, label: string): Promise<void> {
  for (const args of STARTS) {
    await checks.check(`${label}: node ${args.join(' ')}`, async () => {
      const ended = await withServer(process.execPath, args, { cwd: folder }, keepsItsOwn)
      assert.match(ended.stdout, /^\d+\n$/)
      assert.match(ended.stderr, /^@vr\/otel: .*the globals of the OpenTelemetry API are left alone: .*\n$/)
      // The line tells of exemplars only what the scrape shows.
      assert.doesNotMatch(ended.stderr, /no exemplars/)
    })
  }
}

async function keepsItsOwn(origin: string): Promise<void> {
  for (let order = 0; order < ORDERS; order++) assert.equal(await get(`${origin}/order`), 'ordered')
  await get(`${origin}/stream`)
  const scrape = await scrapeOpenMetrics(origin)
  const exported = await getJson<Exported>(`${origin}/exported`)
  keepsItsMetrics(exported, scrape)
  keepsItsSpans(exported)
  assert.deepEqual(exactSamples(withoutExemplars(scrape)), AFTER_TRAFFIC)
  namesItsSpans(exported, scrape)
}

function keepsItsMetrics({ points }: Exported, scrape: string): void {
  assert.deepEqual(
    points.filter(({ name }) => name === 'application.orders'),
    [{ name: 'application.orders', value: ORDERS }],
  )
  assert.deepEqual(
    points.filter(({ name }) => name.startsWith('vllm_responses')),
    [],
  )
  assert.doesNotMatch(scrape, /application_orders/)
}

function keepsItsSpans({ spans }: Exported): void {
  const orders = spans.filter(({ name }) => name === 'order')
  const servers = new Set(spans.filter(({ kind }) => kind === SERVER).map(({ traceId }) => traceId))
  assert.equal(orders.length, ORDERS)
  assert.deepEqual(
    orders.filter(({ traceId }) => !servers.has(traceId)),
    [],
    'a span of the application is a child of its server span',
  )
}

/** Every exemplar is the span of a request that the application's SDK has exported, in each kind of metric. */
function namesItsSpans({ spans }: Exported, scrape: string): void {
  const servers = spans.filter(({ kind }) => kind === SERVER)
  const known = new Set(servers.map(({ traceId, spanId }) => `${traceId} ${spanId}`))
  const found = exemplars(scrape)
  assert.deepEqual(
    found.filter(({ traceId, spanId }) => !known.has(`${traceId} ${spanId}`)),
    [],
    `exemplars of no server span among ${[...known].join(', ')}`,
  )
  const silent = WITH_EXEMPLARS.filter((metric) => !found.some(({ series }) => series.startsWith(metric)))
  assert.deepEqual(silent, [], 'metrics without an exemplar')
}

const WITH_EXEMPLARS = [
  'vllm_responses_http_requests_total',
  'vllm_responses_http_request_duration_seconds_bucket',
  'vllm_responses_sse_stream_duration_seconds_bucket',
]

function withoutExemplars(scrape: string): string {
  return scrape.replaceAll(/ # \{.*$/gm, '')
}
