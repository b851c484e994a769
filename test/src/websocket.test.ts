import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { scrape } from './scrape.ts'
import { type Answer, fetchAnswer, spanTree, startTraced, waitForSpans } from './traced-app.ts'

/** Opens a WebSocket, sends the messages one after the other, closes it, and returns the answers. */
async function converse(url: string, messages: readonly string[]): Promise<Answer[]> {
  const socket = new WebSocket(url.replace('http:', 'ws:'))
  const next = (type: 'open' | 'message' | 'close') =>
    new Promise<MessageEvent>((resolve, reject) => {
      socket.addEventListener(type, (event) => resolve(event as MessageEvent), { once: true })
      socket.addEventListener('error', reject, { once: true })
    })
  await next('open')
  const answers: Answer[] = []
  for (const message of messages) {
    const answer = next('message')
    socket.send(message)
    answers.push(JSON.parse((await answer).data) as Answer)
  }
  const closed = next('close')
  socket.close()
  await closed
  return answers
}

describe('a WebSocket', () => {
  it('has one trace: the span of the handshake, with the calls of its messages as children', async () => {
    const app = startTraced({}, 'websocket.mjs')
    const url = await app.url()
    const [first, second] = await converse(`${url}/ws/1?token=s3cret`, ['a', 'b'])
    expect(second?.own).toEqual(first?.own)
    const scraped = await scrape(`${url}/metrics`)
    await app.kill() // flushes: the list of spans is complete
    const spans = await waitForSpans(first?.own.traceId ?? '', 3)
    expect(spanTree(spans).sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'client', name: 'GET', parent: 'GET /ws/:id' },
      { kind: 'client', name: 'GET', parent: 'GET /ws/:id' },
      { kind: 'server', name: 'GET /ws/:id', parent: 'none' },
    ])
    const server = spans.find(({ kind }) => kind === 'server')
    expect(server?.spanId).toBe(first?.own.spanId)
    expect(server?.attributes).toMatchObject({
      'http.response.status_code': 101,
      'http.request.header.upgrade': ['websocket'],
      'url.path': '/ws/1',
      'url.query': 'token=REDACTED',
    })
    const sent = first?.upstream['traceparent']?.split('-') ?? []
    expect(spans.filter(({ kind }) => kind === 'client').map(({ spanId }) => spanId)).toContain(sent[2])
    expect(scraped.values('http_requests_total')).toEqual({})
  })

  it('passes the trace id of an unsampled handshake to the calls of its messages', async () => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: '0' }, 'websocket.mjs')
    const answers = await converse(`${await app.url()}/ws/1`, ['a', 'b'])
    for (const { own, upstream } of answers) {
      expect(own.traceFlags).toBe(2) // random, not sampled
      expect(upstream['traceparent']).toMatch(new RegExp(`^00-${own.traceId}-[0-9a-f]{16}-02$`))
    }
    expect(answers[1]?.own).toEqual(answers[0]?.own)
    await app.kill()
  })

  it.each(['global', 'ws'])(
    'opened by the application with the client %s has one trace with the server it connects to',
    async (by) => {
      const app = startTraced({}, 'websocket.mjs')
      const { own } = await fetchAnswer(`${await app.url()}/relay/${by}`)
      await app.kill() // flushes: the list of spans is complete
      const spans = await waitForSpans(own.traceId, 4)
      const lines = spanTree(spans).map(({ kind, name, parent }) => `${kind} ${name} of ${parent}`)
      expect(lines.sort()).toEqual([
        'client GET of GET /relay/:by',
        'client GET of GET /ws/:id',
        'server GET /relay/:by of none',
        'server GET /ws/:id of GET',
      ])
      const statuses = spans.map(({ attributes }) => attributes['http.response.status_code'])
      expect(statuses.sort()).toEqual([101, 101, 200, 200])
    },
  )

  it('has the status of the refusal on its span if the application refuses it', async () => {
    const app = startTraced({}, 'websocket.mjs')
    const url = await app.url()
    const traceId = 'd'.repeat(32)
    const status = await new Promise((resolve, reject) => {
      const headers = { ...HANDSHAKE, traceparent: `00-${traceId}-${'b'.repeat(16)}-01` }
      http
        .get(`${url}/ws/closed`, { headers, agent: false }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
    })
    expect(status).toBe(401)
    await app.kill()
    const [server] = await waitForSpans(traceId, 1)
    expect(server).toMatchObject({
      name: 'GET /ws/:id',
      parentSpanId: 'b'.repeat(16),
      status: { code: 'unset' },
      attributes: { 'http.response.status_code': 401 },
    })
  })
})

const HANDSHAKE = {
  connection: 'upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
}
