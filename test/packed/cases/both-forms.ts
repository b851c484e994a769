import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { startJsonSink } from '../../backends/start/json-sink.ts'
import type { Checks } from '../checks.ts'
import { REPOSITORY } from '../pack.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { get, scrapeOpenMetrics } from '../scrape.ts'

/** The package as it is published, in chunks, and as the tests of the repository run it, in modules. */
const FORMS = ['node_modules/@vr/otel/dist', join(REPOSITORY, 'packages/otel/dist')]

/** Requests that are traced: four of the client, and the one that `/call` makes. */
const SERVER_SPANS = 5

/** Number of a server span in OTLP. */
const SERVER = 2

/** What is compared of one run. */
interface Telemetry {
  readonly metrics: readonly string[]
  readonly spans: readonly unknown[]
}

interface Attribute {
  readonly key: string
  readonly value: object
}

interface Span {
  readonly kind: number
  readonly name: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly Attribute[]
  readonly status: unknown
  readonly flags?: number
}

interface Resource {
  readonly attributes: readonly Attribute[]
}

interface Body {
  readonly resourceSpans?: readonly {
    readonly resource: Resource
    readonly scopeSpans: readonly { readonly scope: unknown; readonly spans: readonly Span[] }[]
  }[]
}

/** A span with what it was sent with. */
type Received = Span & { readonly scope: unknown; readonly resource: Resource }

/** Checks that the chunks and the modules produce the same metrics and spans for the same requests. */
export async function bothForms(checks: Checks, { folder }: Project): Promise<void> {
  await checks.check('the published chunks and the modules of the repository behave the same', async () => {
    assert.ok(existsSync(join(FORMS[1] as string, 'start-sequence.js')), 'the modules were not restored')
    const [chunks, modules] = await Promise.all(
      FORMS.map((dist) => telemetryOf(folder, pathToFileURL(resolve(folder, dist)).href)),
    )
    assert.ok((chunks?.metrics.length ?? 0) > 50 && (chunks?.spans.length ?? 0) > SERVER_SPANS)
    assert.deepEqual(chunks, modules)
  })
}

async function telemetryOf(folder: string, dist: string): Promise<Telemetry> {
  const sink = await startJsonSink()
  const env = {
    VR_PACKAGE: `${dist}/index.js`,
    VR_METRICS_GROUPS: '+http_semconv',
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: String(sink.port),
    VR_OPENTELEMETRY_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  }
  let telemetry: Telemetry = { metrics: [], spans: [] }
  const args = ['--import', `${dist}/register.js`, 'gateway.mjs']
  await withServer(process.execPath, args, { cwd: folder, env }, async (origin) => {
    for (const path of ['/', '/stream', '/tools', '/call']) await get(origin + path)
    let spans: readonly Received[] = []
    // Polls until the spans have arrived: the deadline of the program ends it if they do not.
    while (spans.filter(({ kind }) => kind === SERVER).length < SERVER_SPANS) {
      await delay(20)
      spans = received(sink.received as readonly Body[])
    }
    const { port } = new URL(origin)
    const text = JSON.stringify({
      metrics: seriesOf(await scrapeOpenMetrics(origin)),
      spans: comparable(spans),
    })
    telemetry = JSON.parse(text.replaceAll(port, '0'))
  })
  return telemetry
}

function received(bodies: readonly Body[]): readonly Received[] {
  return bodies
    .flatMap(({ resourceSpans = [] }) => resourceSpans)
    .flatMap(({ resource, scopeSpans }) => scopeSpans.map((spans) => ({ resource, ...spans })))
    .flatMap(({ resource, scope, spans }) => spans.map((span) => ({ ...span, scope, resource })))
}

/** Returns the series without those that appear after a time or a garbage collection, and the values that do not depend on time or the machine. */
function seriesOf(scrape: string): string[] {
  return scrape
    .split('\n')
    .filter((line) => !/^(# \w+ )?(v8js_gc|nodejs_eventloop_delay|target_info)/.test(line))
    .map((line) => line.replace(/ # \{.*$/, ''))
    .map((line) =>
      /^vllm_responses_\w+?(_total|_count|_requests|_in_flight)[{ ]/.test(line) ? line : series(line),
    )
    .sort()
}

/** Returns a line without its value; comments are returned unchanged. */
function series(line: string): string {
  return line.startsWith('#') ? line : line.replace(/ \S+( \S+)?$/, '')
}

/** Returns the spans in a stable order, with the names of their parents, and without ids, times and ports of clients. */
function comparable(spans: readonly Received[]): unknown[] {
  const nameOf = (id: string | undefined) => spans.find(({ spanId }) => spanId === id)?.name
  return spans
    .map(({ kind, name, parentSpanId, attributes, status, flags, scope, resource }) => {
      const parent = nameOf(parentSpanId)
      const resourceKeys = resource.attributes.map(({ key }) => key)
      return {
        kind,
        name,
        parent,
        status,
        flags,
        scope,
        resourceKeys,
        attributes: attributes.map(stable),
      }
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** Returns an attribute without the number of a client's port or of a duration. */
function stable({ key, value }: Attribute): Attribute {
  const varies = /^(client|network\.peer)\.port$/.test(key) || 'doubleValue' in value
  return { key, value: varies ? {} : value }
}
