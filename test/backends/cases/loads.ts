/** Traces under load: none is lost, duplicated or mixed up. */
import assert from 'node:assert/strict'
import { sendAll } from '../../src/load.ts'
import { scrape } from '../../src/scrape.ts'
import type { TraceStoreName } from '../stage.ts'
import type { StoredSpan } from '../start/trace-store.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'
import { exemplarsOf } from './traces.ts'

const STREAMS = 1000
const REQUESTS = 100_000
const CONNECTIONS = 64
const CALLER = '00f067aa0ba902b7'

/** Returns the cases for a backend that keeps all traces of the load. */
export function loadCases(name: TraceStoreName, title: string): Case[] {
  const needs = [name]
  return [
    {
      name: `${title}: stores one complete trace for each of ${STREAMS} concurrent streams`,
      needs,
      run: async (stage) => {
        const { url } = await stage.gateway(name, 'loaded gateway')
        const store = await stage.traceStore(name)
        const traceIds = Array.from({ length: STREAMS }, (_, n) => `a${n.toString(16).padStart(31, '0')}`)
        const body = JSON.stringify({ model: 'stub', input: 'hello', stream: true })
        const bodies = await sendAll(
          traceIds.map((traceId) => ({
            url: `${url}/v1/responses`,
            body,
            headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${CALLER}-01` },
          })),
          STREAMS,
        )
        const unfinished = bodies.filter((text) => !text.includes('event: response.completed'))
        assert.equal(unfinished.length, 0, `${unfinished.length} streams did not complete: ${unfinished[0]}`)
        for (const traceId of traceIds) {
          await waitFor(`complete trace ${traceId}`, async () => {
            assertComplete(await store.trace(traceId))
            return true
          })
        }
      },
    },
    {
      name: `${title}: stores the server span of every exemplar of ${REQUESTS} requests sampled at 10 %`,
      needs,
      run: async (stage) => {
        const url = await stage.routes(name)
        const store = await stage.traceStore(name)
        const routes = Array.from(
          { length: REQUESTS },
          (_, n) => `/${n % 3 === 0 ? 'stream' : 'route'}${n % 8}/{id}`,
        )
        const bodies = await sendAll(
          routes.map((route, n) => ({ url: url + route.replace('{id}', String(n)) })),
          CONNECTIONS,
        )
        const routeOf = new Map(
          bodies.map((body, n) => [JSON.parse(body.replace(/^data: /, '')).traceId, routes[n]]),
        )
        assert.equal(routeOf.size, REQUESTS, 'requests without a trace, or with the same trace')
        const scraped = await waitFor('scrape of all requests', async () => {
          const now = await scrape(`${url}/metrics`)
          const counted = Object.values(now.values('http_requests_total')).reduce((sum, one) => sum + one, 0)
          return counted === REQUESTS ? now : undefined
        })
        const exemplars = exemplarsOf(scraped.samples)
        assert.ok(exemplars.length >= 40, `only ${exemplars.length} exemplars`)
        for (const { series, labels, traceId, spanId } of exemplars) {
          assert.equal(routeOf.get(traceId), labels['route'], `exemplar of ${series}`)
          await waitFor(`span of the exemplar of ${series}`, async () =>
            (await store.trace(traceId)).find((span) => span.spanId === spanId && span.kind === 'server'),
          )
        }
      },
    },
  ]
}

/** Asserts that a trace is a server span, child of the caller's span, and one call to the engine as its child. */
function assertComplete(spans: readonly StoredSpan[]): void {
  const seen = JSON.stringify(spans.map(({ kind, name }) => `${kind} ${name}`))
  const server = spans.find(({ kind }) => kind === 'server')
  const client = spans.find(({ kind }) => kind === 'client')
  assert.equal(spans.length, 2, seen)
  assert.equal(server?.parentSpanId, CALLER, seen)
  assert.equal(server.name, 'POST /v1/responses')
  assert.equal(server.attributes['vr_otel.sse.outcome'], 'completed')
  assert.equal(client?.parentSpanId, server.spanId, seen)
}
