import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { OPEN_METRICS, openEngines, recordLog, respond, serveEngine, TEXT } from '../testing/engine-server.ts'
import type { FetchFault } from './fetch/fetch-error.ts'

const text =
  (body: string | Buffer, type?: string): RequestListener =>
  (_, response) =>
    respond(response, body, type)

/** Sends headers, a body, and ends the connection. */
const cut =
  (headers: Record<string, string | number>, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'Content-Type': TEXT, ...headers })
    response.write(body, () => response.destroy())
  }

/** Sends a status and headers without a body. */
const head =
  (status: number, headers: Record<string, string>): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end()
  }

const labels = (count: number): string => Array.from({ length: count }, (_, at) => `l${at}="1"`).join(',')

/** Faulty responses by the rows of the fault table for upstream metrics, and the reason that is reported. */
const FAULTS: readonly (readonly [row: string, fault: FetchFault, listener: RequestListener])[] = [
  ['U1 a body cut within a line', 'syntax', text('a 1\nb 2')],
  ['U1 a body cut within a family', 'syntax', text('# TYPE h histogram\nh_bucket{le="1"} 1\n')],
  ['U1 OpenMetrics without # EOF', 'syntax', text('a 1\n', OPEN_METRICS)],
  ['U1 less than the Content-Length', 'incomplete', cut({ 'Content-Length': 100 }, 'a 1\n')],
  ['U1 a chunked body without an end', 'incomplete', cut({ 'Transfer-Encoding': 'chunked' }, 'a 1\n')],
  [
    'U1 a body without any length',
    'incomplete',
    (_, { socket }) => socket?.end(`HTTP/1.1 200 OK\r\nContent-Type: ${TEXT}\r\n\r\na 1\n`),
  ],
  ['U2 a Content-Length of 1 GB', 'limit', cut({ 'Content-Length': 1e9 }, 'a 1\n')],
  ['U2 a line of 100 kB', 'limit', text(`# ${'x'.repeat(100_000)}\n`)],
  ['U3 binary content', 'encoding', text(Buffer.from([0x61, 0x20, 0x31, 0x0a, 0, 1]))],
  ['U3 NUL in a label', 'encoding', text('a{b="\0"} 1\n')],
  ['U3 invalid UTF-8', 'encoding', text(Buffer.from([0x23, 0xff, 0x0a]))],
  ['U3 an HTML page', 'content_type', text('<html></html>\n', 'text/html')],
  ['U3 an HTML page as plain text', 'syntax', text('<html></html>\n')],
  ['U3 JSON', 'content_type', text('{}\n', 'application/json')],
  ['U3 another version', 'content_type', text('a 1\n', 'text/plain; version=2.0.0')],
  ['U3 another charset', 'content_type', text('a 1\n', 'text/plain; charset=utf-16')],
  ['U3 protobuf', 'content_type', text('a', 'application/vnd.google.protobuf')],
  ['U3 no Content-Type', 'content_type', (_, response) => response.end('a 1\n')],
  ['U3 status 500', 'status', head(500, { 'Content-Type': TEXT })],
  ['U3 status 204', 'status', head(204, { 'Content-Type': TEXT })],
  ['U4 gzip', 'content_encoding', head(200, { 'Content-Type': TEXT, 'Content-Encoding': 'gzip' })],
  [
    'U4 a thousand encodings',
    'content_encoding',
    head(200, { 'Content-Type': TEXT, 'Content-Encoding': 'gzip, '.repeat(1000) }),
  ],
  [
    'U4 an encoding of the transfer',
    'content_encoding',
    (_, { socket }) =>
      socket?.end(
        `HTTP/1.1 200 OK\r\nContent-Type: ${TEXT}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      ),
  ],
  ['U4 gzip that no header names', 'encoding', text(gzipSync('a 1\n'))],
  ['U5 a redirect to itself', 'redirect', head(302, { Location: '/metrics' })],
  ['U5 a redirect to a metadata address', 'redirect', head(307, { Location: 'http://169.254.169.254/' })],
  ['U7 a series twice', 'syntax', text('a{b="1"} 1\na{b="1"} 2\n')],
  ['U7 two types of a name', 'syntax', text('# TYPE a gauge\na 1\n# TYPE b gauge\n# TYPE a counter\n')],
  [
    'U7 1,001 series, if 1,000 are allowed',
    'limit',
    text(Array.from({ length: 1001 }, (_, at) => `a{b="${at}"} 1\n`).join('')),
  ],
  ['U7 200 labels', 'limit', text(`a{${labels(200)}} 1\n`)],
  ['U7 a label of 1 MB', 'limit', text(`a{b="${'x'.repeat(1e6)}"} 1\n`)],
  ['U8 text after # EOF in OpenMetrics', 'syntax', text('a 1\n# EOF\nb 1\n# EOF\n', OPEN_METRICS)],
  ['U8 a native histogram', 'syntax', text('# TYPE h histogram\nh {count:1,sum:1}\n# EOF\n', OPEN_METRICS)],
  ['U10 another gateway', 'loop', head(508, {})],
]

describe('an engine with a faulty response', () => {
  it.each(FAULTS)('%s: is down with the reason %s; the other engine is up', async (_, fault, listener) => {
    const log = recordLog()
    const faulty = await serveEngine(listener)
    const healthy = await serveEngine(text('a 1\n'))
    const engines = openEngines({ faulty, healthy }, { limits: { maxSamples: 1000 } })
    expect(await engines.collect()).toEqual([
      {
        name: 'a',
        type: 'unknown',
        unit: '',
        help: '',
        points: [{ labels: { upstream: 'healthy' }, value: 1 }],
      },
    ])
    const [down, up] = engines.state()
    expect(down).toMatchObject({
      isUp: false,
      ageSeconds: undefined,
      lastError: { fault },
      errors: { [fault]: 1 },
    })
    expect(up).toMatchObject({ isUp: true, bytes: 4, lastError: undefined })
    expect(log).toEqual([
      expect.stringMatching(new RegExp(`^warn metrics of the engine faulty .*\\(${fault}\\)`)),
    ])
  })

  it('U5 does not request the target of a redirect', async () => {
    let requests = 0
    const canary = await serveEngine((_, response) => {
      requests += 1
      respond(response, 'a 1\n')
    })
    const engine = await serveEngine(head(301, { Location: canary.href }))
    const engines = openEngines({ engine, again: engine })
    expect(await engines.collect()).toEqual([])
    expect(requests).toBe(0)
  })

  it('is logged once when the outage starts and once when it ends', async () => {
    const log = recordLog()
    let body = 'a'
    const engine = await serveEngine((_, response) => respond(response, body))
    const engines = openEngines({ engine })
    await engines.collect()
    await engines.collect()
    body = 'a 1\n'
    await engines.collect()
    await engines.collect()
    expect(engines.state()).toMatchObject([{ isUp: true, lastError: undefined, errors: { syntax: 2 } }])
    expect(log).toEqual([
      'warn metrics of the engine engine are not available (syntax): line 1: the last line has no line feed; its last values are exposed for 15 s',
      'info metrics of the engine engine are available again',
    ])
  })
})

describe('U8: a valid response', () => {
  it('keeps exemplars and start times, and drops timestamps; # EOF is a comment in the text format', async () => {
    const open = await serveEngine(
      text('# TYPE a counter\na_total 5 99 # {trace_id="ab"} 1 2\na_created 3\n# EOF\n', OPEN_METRICS),
    )
    const classic = await serveEngine(text('# EOF\nb 1 1700000000000\n', 'text/plain'))
    const engines = openEngines({ open, classic })
    const none = { unit: '', help: '' }
    const exemplar = { labels: { trace_id: 'ab' }, value: 1, timestamp: 2 }
    expect(await engines.collect()).toEqual([
      {
        ...none,
        name: 'a_total',
        type: 'counter',
        points: [{ labels: { upstream: 'open' }, value: 5, created: 3, exemplar }],
      },
      { ...none, name: 'b', type: 'unknown', points: [{ labels: { upstream: 'classic' }, value: 1 }] },
    ])
  })
})

describe('U9: a counter of a restarted engine', () => {
  it('has the value that the engine exposes', async () => {
    const values = [10, 3]
    const engine = await serveEngine((_, response) =>
      respond(response, `# TYPE a_total counter\na_total ${values.shift()}\n`),
    )
    const engines = openEngines({ engine })
    const points = [await engines.collect(), await engines.collect()].map(([family]) => family?.points)
    expect(points).toMatchObject([[{ value: 10 }], [{ value: 3 }]])
  })
})
