import { once } from 'node:events'
import http, { type ClientRequest, type OutgoingHttpHeaders } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatewayPropagator } from './propagator.ts'
import { RandomIds } from './trace-ids.ts'
import { parseTracestate } from './tracestate.ts'
import { writeTraceHeaders } from './write-trace-headers.ts'

const propagator = new GatewayPropagator({
  ids: new RandomIds(),
  trustsParent: true,
  baggage: undefined,
  baggageKeys: [],
})
const traceState = parseTracestate('vendor=1')
const context = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: 1,
})
const withState = trace.setSpanContext(ROOT_CONTEXT, {
  ...(trace.getSpanContext(context) as NonNullable<ReturnType<typeof trace.getSpanContext>>),
  ...(traceState && { traceState }),
})
const TRACEPARENT = `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

let bytes = ''
const server = net.createServer((socket) => {
  socket.setEncoding('latin1').on('data', (data) => {
    bytes += data
    if (bytes.endsWith('body') || bytes.endsWith('\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n')
  })
})

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(() => void server.close())

type Headers = OutgoingHttpHeaders | readonly unknown[]

/** Returns the lines that a server receives of a call. */
async function sent(headers: Headers, write: (request: ClientRequest) => void): Promise<string[]> {
  bytes = ''
  const { port } = server.address() as AddressInfo
  const request = http.request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    agent: false,
    headers: headers as OutgoingHttpHeaders,
  })
  write(request)
  request.end('body')
  const [response] = await once(request, 'response')
  await once(response.resume(), 'end')
  return bytes.replace(`127.0.0.1:${port}`, 'HOST').split('\r\n')
}

const traced = (headers: Headers): Promise<string[]> =>
  sent(headers, (request) => writeTraceHeaders(propagator, context, request))
const plain = (headers: Headers): Promise<string[]> => sent(headers, () => {})

const FORMS: readonly [string, Headers, after: string][] = [
  ['an object', { 'X-A': '1', Cookie: ['a=1', 'b=2'] }, 'Host: HOST'],
  ['an object with Expect', { Expect: '100-continue', 'X-A': '1' }, 'Transfer-Encoding: chunked'],
  ['a flat list', ['Host', 'a', 'x-b', '2', 'X-A', '1', 'x-b', '3'], 'Transfer-Encoding: chunked'],
  [
    'a list of pairs',
    [
      ['Host', 'a'],
      ['X-A', '1'],
      ['X-A', '2'],
    ],
    'Transfer-Encoding: chunked',
  ],
  ['a list with Expect', ['Expect', '100-continue', 'Host', 'a'], 'Transfer-Encoding: chunked'],
]

describe('writeTraceHeaders', () => {
  it.each(FORMS)('writes after the other headers: %s', async (_form, headers, after) => {
    const lines = await traced(headers)
    expect(lines[lines.indexOf(TRACEPARENT) - 1]).toBe(after)
    expect(lines.filter((line) => line !== TRACEPARENT)).toEqual(await plain(headers))
    expect(lines.filter((line) => line === TRACEPARENT)).toHaveLength(1)
  })

  it.each<[string, Headers]>([
    ['an object', { TraceParent: 'mine', tracestate: 'mine=1', 'X-A': '1' }],
    ['a flat list', ['TraceParent', 'mine', 'Host', 'a', 'Tracestate', 'mine=1', 'X-A', '1']],
    [
      'a list of pairs',
      [
        ['TraceParent', 'mine'],
        ['Host', 'a'],
        ['tracestate', 'mine=1'],
        ['X-A', '1'],
      ],
    ],
    ['an object with Expect', { Expect: 'x', TraceParent: 'mine', tracestate: 'mine=1', 'X-A': '1' }],
  ])('replaces trace headers of the application in %s', async (_form, headers) => {
    for (const [active, state] of [
      [context, []],
      [withState, ['tracestate: vendor=1']],
    ] as const) {
      const lines = await sent(headers, (request) => writeTraceHeaders(propagator, active, request))
      expect(lines.filter((line) => /^trace/i.test(line))).toEqual([TRACEPARENT, ...state])
      expect(lines).toContain('X-A: 1')
    }
  })

  it.each<[string, Headers]>([
    ['an object', { traceparent: 'mine', tracestate: 'mine=1' }],
    ['a list', ['Host', 'a', 'traceparent', 'mine', 'tracestate', 'mine=1']],
  ])('keeps trace headers of the application in %s if there is no trace', async (_form, headers) => {
    const lines = await sent(headers, (request) => writeTraceHeaders(propagator, ROOT_CONTEXT, request))
    expect(lines).toEqual(await plain(headers))
  })

  it.each<[string, (request: ClientRequest & Record<string, unknown>) => void]>([
    [
      'are not a string',
      (request) => Object.assign(request, { _header: Buffer.from(String(request['_header'])) }),
    ],
    ['have no end', (request) => Object.assign(request, { _header: 'POST / HTTP/1.1\r\n' })],
    [
      'are queued in another form',
      (request) => void (request['outputData'] as unknown[]).unshift({ data: '' }),
    ],
  ])('writes nothing if rendered headers %s', (_what, change) => {
    const headers = { Expect: '100-continue' }
    const request = http.request({ host: '127.0.0.1', port: 1, headers, agent: false }).on('error', () => {})
    const known = request as ClientRequest & Record<string, unknown>
    change(known)
    const before = [known['_header'], JSON.stringify(known['outputData']), known['outputSize']]
    writeTraceHeaders(propagator, context, request)
    expect([known['_header'], JSON.stringify(known['outputData']), known['outputSize']]).toEqual(before)
    request.destroy()
  })

  it('writes nothing to a CONNECT', () => {
    const request = http.request({ method: 'CONNECT', path: 'a.example:443', host: '127.0.0.1', port: 1 })
    request.on('error', () => {})
    writeTraceHeaders(propagator, context, request)
    expect(request.hasHeader('traceparent')).toBe(false)
    request.destroy()
  })
})
