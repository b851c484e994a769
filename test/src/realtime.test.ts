import { describe, expect, it } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-receiver/store.ts'
import { runRealtimeSession } from '../websockets/realtime-session.ts'
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
})
