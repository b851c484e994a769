import { describe, expect, it } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-receiver/store.ts'
import { openCompressedSession } from '../websockets/compressed-session.ts'
import { openHttp2Session } from '../websockets/http2-session.ts'
import { runRealtimeSession, runTurns } from '../websockets/realtime-session.ts'
import { type Scrape, scrape } from './scrape.ts'
import { hasTrace, spanTree, startTraced, waitForSpans } from './traced-app.ts'

const ROUTE = '/v1/realtime'

/** Runs a session in an application, and returns a scrape after it. */
async function scrapeOfSession(
  traceId: string,
  { env = {}, flags = '01' }: { env?: Record<string, string>; flags?: string } = {},
): Promise<Scrape> {
  const app = startTraced(env, 'realtime.mjs')
  const url = await app.url()
  await runRealtimeSession(`${url}${ROUTE}`, `00-${traceId}-${'b'.repeat(16)}-${flags}`)
  const scraped = await scrape(`${url}/metrics`)
  await app.kill() // flushes: the list of spans is complete
  return scraped
}

const TURNS = {
  [`outcome=completed,route=${ROUTE}`]: 1,
  [`outcome=client_abort,route=${ROUTE}`]: 1,
  [`outcome=upstream_error,route=${ROUTE}`]: 1,
}

const linesOf = (spans: readonly StoredSpan[]): string[] =>
  spanTree(spans)
    .map(({ kind, name, parent }) => `${kind} ${name} of ${parent}`)
    .sort()

const turnsOf = (spans: readonly StoredSpan[]): StoredSpan[] =>
  spans.filter(({ name }) => name.startsWith('generate_content'))

describe('a session of the Realtime API with three turns', () => {
  it('has one trace, with a span for each turn and exact metrics whose exemplars name these spans', async () => {
    const traceId = 'c'.repeat(32)
    const scraped = await scrapeOfSession(traceId)
    const spans = await waitForSpans(traceId, 7)
    expect(linesOf(spans)).toEqual([
      ...Array(3).fill('client GET of generate_content gpt-realtime'),
      `server GET ${ROUTE} of the caller`,
      ...Array(3).fill(`server generate_content gpt-realtime of GET ${ROUTE}`),
    ])
    const handshake = spans.find(({ name }) => name === `GET ${ROUTE}`)
    const turns = turnsOf(spans)
    for (const { links } of turns) expect(links).toMatchObject([{ traceId, spanId: handshake?.spanId }])
    const outcomes = new Map(turns.map((turn) => [turn.attributes['vr_otel.turn.outcome'], turn]))
    expect(outcomes.get('completed')?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-realtime',
      'gen_ai.response.id': 'resp_1',
      'gen_ai.usage.input_tokens': 127,
      'gen_ai.usage.output_tokens': 48,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'vr_otel.turn.tool_calls': 2,
    })
    expect(outcomes.get('client_abort')).toMatchObject({ status: { code: 'unset' } })
    expect(outcomes.get('upstream_error')).toMatchObject({
      status: { code: 'error' },
      attributes: { 'error.type': 'engine_unavailable' },
    })

    expect(scraped.values('websocket_turns_total')).toEqual(TURNS)
    expect(scraped.values('websocket_time_to_first_event_seconds_count')).toEqual({ [`route=${ROUTE}`]: 2 })
    expect(scraped.values('websocket_sessions_total')).toEqual({
      [`outcome=upstream_error,route=${ROUTE}`]: 1,
    })
    for (const { labels, exemplar } of scraped.named('websocket_turns_total')) {
      const span = outcomes.get(labels['outcome'] as string)
      expect(exemplar?.labels).toEqual({ trace_id: traceId, span_id: span?.spanId })
    }
    const named = scraped
      .named('websocket_time_to_first_event_seconds_bucket')
      .flatMap(({ exemplar }) => exemplar?.labels['span_id'] ?? [])
    expect(named.length).toBeGreaterThan(0)
    const withOutput = ['completed', 'client_abort'].map((outcome) => outcomes.get(outcome)?.spanId)
    expect(named.filter((id) => !withOutput.includes(id))).toEqual([])
  })

  it('has client spans below the handshake with VR_TRACING_WEBSOCKET=handshake', async () => {
    const traceId = 'd'.repeat(32)
    const scraped = await scrapeOfSession(traceId, { env: { VR_TRACING_WEBSOCKET: 'handshake' } })
    const spans = await waitForSpans(traceId, 4)
    expect(linesOf(spans)).toEqual([
      ...Array(3).fill(`client GET of GET ${ROUTE}`),
      `server GET ${ROUTE} of the caller`,
    ])
    expect(scraped.values('websocket_turns_total')).toEqual(TURNS)
    const { spanId } = spans.find(({ kind }) => kind === 'server') ?? {}
    for (const { exemplar } of scraped.named('websocket_turns_total'))
      expect(exemplar?.labels).toEqual({ trace_id: traceId, span_id: spanId })
  })

  it.each([
    ['VR_TRACING_WEBSOCKET=off', 'e', { env: { VR_TRACING_WEBSOCKET: 'off' } }],
    ['an unsampled handshake', 'f', { flags: '00' }],
  ])('has metrics but neither spans nor exemplars with %s', async (_what, digit, options) => {
    const traceId = digit.repeat(32)
    const scraped = await scrapeOfSession(traceId, options)
    expect(scraped.values('websocket_turns_total')).toEqual(TURNS)
    const exemplars = scraped.named('websocket_turns_total').flatMap(({ exemplar }) => exemplar ?? [])
    expect(exemplars).toEqual([])
    expect(await hasTrace(traceId)).toBe(false)
  })

  it('has the same trace and metrics over HTTP/2', async () => {
    const traceId = `9${'0'.repeat(31)}`
    const app = startTraced({ VR_METRICS_PORT: '0' }, 'realtime-http2.mjs')
    const url = await app.url()
    const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`
    await runTurns(await openHttp2Session(url, ROUTE, { traceparent }))
    const scraped = await scrape(await app.metricsUrl())
    await app.kill() // flushes: the list of spans is complete
    const spans = await waitForSpans(traceId, 7)
    expect(linesOf(spans)).toEqual([
      ...Array(3).fill('client GET of generate_content gpt-realtime'),
      `server CONNECT ${ROUTE} of the caller`,
      ...Array(3).fill(`server generate_content gpt-realtime of CONNECT ${ROUTE}`),
    ])
    const { spanId } = spans.find(({ name }) => name === `CONNECT ${ROUTE}`) as StoredSpan
    for (const { links } of turnsOf(spans)) expect(links).toMatchObject([{ traceId, spanId }])
    expect(scraped.values('websocket_turns_total')).toEqual(TURNS)
    expect(scraped.values('websocket_time_to_first_event_seconds_count')).toEqual({ [`route=${ROUTE}`]: 2 })
    expect(scraped.values('websocket_closes_total')).toEqual({ [`code=1000,route=${ROUTE}`]: 1 })
    expect(scraped.values('websocket_sessions_total')).toEqual({
      [`outcome=upstream_error,route=${ROUTE}`]: 1,
    })
  })

  it('has exact metrics if both sides compress only long messages', async () => {
    const deflate = { threshold: 200, serverNoContextTakeover: true, clientNoContextTakeover: true }
    const app = startTraced({ PER_MESSAGE_DEFLATE: JSON.stringify(deflate) }, 'realtime.mjs')
    const url = await app.url()
    const client = await openCompressedSession(`${url}${ROUTE}`)
    await runTurns(client.socket)
    const scraped = await scrape(`${url}/metrics`)
    await app.kill()
    const { sent, received } = client
    expect(sent.wireBytes).toBeLessThan(sent.bytes) // the long message was compressed
    expect(new Set(received.map(({ isCompressed }) => isCompressed))).toEqual(new Set([false, true]))
    expect(scraped.values('websocket_turns_total')).toEqual(TURNS)
    expect(scraped.values('websocket_time_to_first_event_seconds_count')).toEqual({ [`route=${ROUTE}`]: 2 })
    const directions = ['received', 'sent'].map((direction) => `direction=${direction},route=${ROUTE}`)
    const [toServer = '', toClient = ''] = directions
    expect(scraped.values('websocket_messages_total')).toEqual({
      [toServer]: sent.messages,
      [toClient]: received.length,
    })
    expect(scraped.values('websocket_message_bytes_total')).toEqual({
      [toServer]: sent.bytes,
      [toClient]: received.reduce((sum, { bytes }) => sum + bytes, 0),
    })
    expect(scraped.values('vr_otel_websocket_unread_total')).toEqual({ '': 0 })
  })
})
