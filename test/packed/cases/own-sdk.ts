import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { exactSamples, exemplars, get, getJson, scrapeOpenMetrics } from '../scrape.ts'

/** Telemetry that the application's own SDK has exported. */
interface Exported {
  readonly points: readonly { readonly name: string; readonly value: unknown }[]
  readonly spans: readonly {
    kind: number
    name: string
    traceId: string
    spanId: string
    attributes: Readonly<Record<string, unknown>>
  }[]
}

/** Kind of a server's span in the OpenTelemetry API (`SpanKind.SERVER`). */
const SERVER = 1

const ORDERS = 3

/**
 * Start options: our flag before or after the application's SDK, which a flag or the first line of the application loads.
 * Node runs every `--require` before every `--import`.
 */
const STARTS = [
  ['--import', '@vr/otel/register', '--import', './telemetry.mjs', 'server.mjs'],
  ['--import', './telemetry.mjs', '--import', '@vr/otel/register', 'server.mjs'],
  ['--import', '@vr/otel/register', 'server.cjs'],
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

/** The start line names the owner of the globals and the spans. */
const START_LINE =
  /^@vr\/otel \d+\.\d+\.\d+\S*: .*; no spans are created \((the application has its own SDK: @opentelemetry\/sdk-\w+|OpenTelemetry API 1\.\d+\.\d+ globals are registered already)\)\n$/

/** Checks that an application keeps the spans and metrics of its own SDK, and that our exemplars have its span ids. */
export async function ownSdk(checks: Checks, { folder }: Project, label: string): Promise<void> {
  await checks.check(`${label}: without the flag, the application exports its own telemetry`, async () => {
    const args = ['--import', './telemetry.mjs', 'server.mjs']
    await withServer(process.execPath, args, { cwd: folder }, async (origin) => {
      await drive(origin)
      exportsOwnTelemetry(await getJson<Exported>(`${origin}/exported`))
    })
  })
  for (const args of STARTS) {
    await checks.check(`${label}: node ${args.join(' ')}`, async () => {
      const ended = await withServer(process.execPath, args, { cwd: folder }, hasBothTelemetries)
      assert.match(ended.stdout, /^\d+\n$/)
      assert.match(ended.stderr, START_LINE)
    })
  }
  await checks.check(
    `${label}: with VR_TRACING_ENABLED, only the SDK of the application creates spans`,
    async () => {
      const where = { cwd: folder, env: { VR_TRACING_ENABLED: 'true' } }
      const ended = await withServer(process.execPath, STARTS[0], where, hasBothTelemetries)
      assert.match(ended.stderr, START_LINE)
    },
  )
  await checks.check(`${label}: the span of a request aborted by the client has no status code`, () =>
    withServer(process.execPath, STARTS[0], { cwd: folder }, hasNoFalseStatus),
  )
  await checks.check(
    `${label}: there are no exemplars for spans that the application's SDK did not sample`,
    async () => {
      const where = { cwd: folder, env: { OTEL_TRACES_SAMPLER: 'always_off' } }
      await withServer(process.execPath, STARTS[0], where, async (origin) => {
        await drive(origin)
        assert.deepEqual(exemplars(await scrapeOpenMetrics(origin)), [])
      })
    },
  )
}

/** The span of a request aborted by the client has its error type and no status, because none was sent. */
async function hasNoFalseStatus(origin: string): Promise<void> {
  await drive(origin)
  await abort(origin, '/unanswered')
  for (;;) {
    // Polls until the span is exported; the server ends by itself after a time limit.
    const { spans } = await getJson<Exported>(`${origin}/exported`)
    const aborted = spans.find(({ attributes }) => attributes['error.type'] === 'client_abort')
    if (aborted === undefined) continue
    const keys = spans.flatMap(({ attributes }) => Object.keys(attributes))
    assert.deepEqual(
      keys.filter((key) => /^vr_otel\.(?!sse\.)/.test(key)),
      [],
      'internal attributes',
    )
    assert.deepEqual(
      Object.keys(aborted.attributes).filter((key) => key.includes('status')),
      [],
    )
    return
  }
}

/** Sends a request and closes the connection when it is sent. */
async function abort(origin: string, path: string): Promise<void> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.end(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`).resume()
  await once(socket, 'close')
}

async function drive(origin: string): Promise<void> {
  for (let order = 0; order < ORDERS; order++) assert.equal(await get(`${origin}/order`), 'ordered')
  assert.equal(await get(`${origin}/stream`), 'data: [DONE]\n\n')
}

async function hasBothTelemetries(origin: string): Promise<void> {
  await drive(origin)
  const scrape = await scrapeOpenMetrics(origin)
  const exported = await getJson<Exported>(`${origin}/exported`)
  exportsOwnTelemetry(exported)
  assert.doesNotMatch(scrape, /application_orders/, 'metrics of the application are in the scrape')
  assert.deepEqual(exactSamples(withoutExemplars(scrape)), AFTER_TRAFFIC)
  exemplarsHaveOwnSpans(exported, scrape)
}

/** The SDK has its counter, none of our metrics, and its span in the trace of each request. */
function exportsOwnTelemetry({ points, spans }: Exported): void {
  const metrics = points.filter(({ name }) => /^(application|vllm_responses)\./.test(name))
  assert.deepEqual(metrics, [{ name: 'application.orders', value: ORDERS }])
  const servers = new Set(spans.filter(({ kind }) => kind === SERVER).map(({ traceId }) => traceId))
  const orders = spans.filter(({ name, traceId }) => name === 'order' && servers.has(traceId))
  assert.equal(orders.length, ORDERS, `spans in the traces of requests, among ${JSON.stringify(spans)}`)
  assert.equal(servers.size, new Set(spans.map(({ traceId }) => traceId)).size)
}

/** Every exemplar, in each kind of metric, has the ids of a span that the application's SDK has exported. */
function exemplarsHaveOwnSpans({ spans }: Exported, scrape: string): void {
  const servers = spans.filter(({ kind }) => kind === SERVER)
  const known = new Set(servers.map(({ traceId, spanId }) => `${traceId} ${spanId}`))
  const found = exemplars(scrape)
  assert.deepEqual(
    found.filter(({ traceId, spanId }) => !known.has(`${traceId} ${spanId}`)),
    [],
    `exemplars of no server span among ${[...known].join(', ')}`,
  )
  const missing = WITH_EXEMPLARS.filter((metric) => !found.some(({ series }) => series.startsWith(metric)))
  assert.deepEqual(missing, [], 'metrics without an exemplar')
}

const WITH_EXEMPLARS = [
  'vllm_responses_http_requests_total',
  'vllm_responses_http_request_duration_seconds_bucket',
  'vllm_responses_sse_stream_duration_seconds_bucket',
]

function withoutExemplars(scrape: string): string {
  return scrape.replaceAll(/ # \{.*$/gm, '')
}
