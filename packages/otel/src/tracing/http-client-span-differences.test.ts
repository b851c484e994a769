import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { SpanStatusCode } from '@opentelemetry/api'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  abortedWhenSent,
  closed,
  finished,
  get,
  leftWhenAnswered,
  leftWhenSent,
  port,
  type SpanSummary,
  spansByTracer,
  to,
  upgraded,
} from './testing/client-calls.ts'
import { spansByInstrumentation } from './testing/http-instrumentation.ts'
import { but, failed } from './testing/span-changes.ts'

/** A port on which no server listens. */
let closedPort = 0

beforeAll(async () => {
  const unused = net.createServer().listen(0, '127.0.0.1')
  await once(unused, 'listening')
  closedPort = (unused.address() as AddressInfo).port
  unused.close()
})

const CODE = 'error.type equals that of the metric; the name of a system error is always Error'
const BROKEN = 'a response that breaks off is a failure, also without an error listener of the application'
const LEFT = 'an abort is an error, as with fetch'
const CONNECTED = {
  'network.peer.address': '127.0.0.1',
  'network.peer.port': 'PORT',
  'network.protocol.version': '1.1',
}
const SWITCHED = 'a response that switches protocols has a status too'

const NO_LISTENER = 'Node closes the connection if the application has no listener for the other protocol'

/** Returns the span of a switch of protocols without a listener. */
const switchedWithoutListener = (attributes: Record<string, unknown>) => (original: SpanSummary[]) =>
  failed(
    'ECONNRESET',
    'Node closed the connection: the application does not listen for the protocol of the response',
  )(but({ attributes })(original))

/** Calls whose spans differ from those of the instrumentation, how, and why. */
const DIFFERENCES: readonly [
  what: string,
  run: () => unknown,
  expected: (original: SpanSummary[]) => SpanSummary[],
  because: string,
][] = [
  [
    'a refused connection',
    () => finished(http.get(to({ port: closedPort }))),
    but({ attributes: { 'error.type': 'ECONNREFUSED' } }),
    CODE,
  ],
  [
    'a connection that closes before a response',
    () => finished(get({ path: '/hangs-up' })),
    but({ attributes: { 'error.type': 'ECONNRESET' } }),
    CODE,
  ],
  [
    'a request that is destroyed',
    () => leftWhenSent((request) => request.destroy()),
    but({ attributes: { 'error.type': 'ECONNRESET' } }),
    CODE,
  ],
  [
    'an abort with the reason of AbortSignal.timeout',
    () => abortedWhenSent(new DOMException('late', 'TimeoutError')),
    but({ attributes: { 'error.type': 'TimeoutError' } }),
    'a timeout has the same error.type as with fetch',
  ],
  [
    'an abort with a reason',
    () => abortedWhenSent(new RangeError('mine')),
    but({ attributes: { 'error.type': 'RangeError' } }),
    'error.type is the name of the reason, as with fetch',
  ],
  [
    'a response that breaks off',
    () => finished(get({ path: '/cut' })),
    failed('ECONNRESET', 'aborted'),
    BROKEN,
  ],
  [
    'a request that is destroyed during its response',
    () => leftWhenAnswered((_response, request) => request.destroy()),
    failed('AbortError', 'the application aborted the call'),
    LEFT,
  ],
  [
    'a response that is destroyed',
    () => leftWhenAnswered((response) => response.destroy()),
    failed('AbortError', 'the application aborted the call'),
    LEFT,
  ],
  [
    'abort() before there is a connection',
    () => {
      const request = get({ path: '/hang' })
      request.abort()
      return closed(request)
    },
    () =>
      failed(
        'AbortError',
        'the application aborted the call',
      )([
        {
          name: 'GET',
          kind: 'CLIENT',
          status: {},
          attributes: {
            'http.request.method': 'GET',
            'server.address': '127.0.0.1',
            'server.port': 'PORT',
            'url.full': 'http://127.0.0.1:PORT/hang',
          },
          exceptions: [],
        },
      ]),
    `${LEFT}; the span of the instrumentation never ends`,
  ],
  [
    'an accepted upgrade',
    () => upgraded('upgrade', { headers: { connection: 'upgrade', upgrade: 'x' } }),
    but({ attributes: { 'http.response.status_code': 101, ...CONNECTED } }),
    SWITCHED,
  ],
  [
    'an upgrade without a listener',
    () => finished(get({ headers: { connection: 'upgrade', upgrade: 'x' } })),
    switchedWithoutListener({ 'http.response.status_code': 101, 'network.protocol.version': '1.1' }),
    NO_LISTENER,
  ],
  [
    'a CONNECT without a listener',
    () => finished(get({ method: 'CONNECT', path: 'a.example:443' })),
    switchedWithoutListener({
      'http.response.status_code': 200,
      'network.protocol.version': '1.1',
      'url.full': 'http://127.0.0.1:PORT',
    }),
    NO_LISTENER,
  ],
  [
    'a CONNECT',
    () => upgraded('connect', { method: 'CONNECT', path: 'a.example:443' }),
    but({
      attributes: {
        'http.response.status_code': 200,
        ...CONNECTED,
        'url.full': 'http://127.0.0.1:PORT',
      },
    }),
    `${SWITCHED}; the target of a CONNECT is not a path`,
  ],
  [
    'a refused CONNECT',
    () => upgraded('connect', { method: 'CONNECT', path: 'no:1' }),
    but({
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'error.type': '407',
        'http.response.status_code': 407,
        ...CONNECTED,
        'url.full': 'http://127.0.0.1:PORT',
      },
    }),
    SWITCHED,
  ],
  [
    'an unknown method',
    () => finished(get({ method: 'PURGE' })),
    but({ name: 'HTTP' }),
    'span names have a low cardinality (HTTP semantic conventions, "Name")',
  ],
  [
    'a method in lower case',
    () => finished(get({ method: 'patch' })),
    but({ attributes: { 'http.request.method_original': undefined } }),
    'Node sends PATCH and does not keep the original spelling',
  ],
  [
    'a user agent in another spelling',
    () => finished(get({ headers: { 'User-Agent': 'me/1' } })),
    but({ attributes: { 'user_agent.original': 'me/1' } }),
    'header names are case-insensitive',
  ],
  [
    'headers as a list',
    () => finished(get({ headers: ['Host', 'a.example', 'User-Agent', 'me/1'] })),
    but({ attributes: { 'user_agent.original': 'me/1' } }),
    'a list of headers is read too',
  ],
  [
    'credentials',
    () => finished(get({ auth: 'user:password' })),
    but({ attributes: { 'url.full': 'http://127.0.0.1:PORT/' } }),
    'a request does not keep the credentials of its URL, so there is nothing to redact',
  ],
  [
    'an IPv6 address',
    () => finished(get({ host: '::1' })),
    but({ attributes: { 'server.address': '::1', 'url.full': 'http://[::1]:PORT/' } }),
    'the instrumentation reports localhost and an invalid URL',
  ],
  [
    'a query that URLSearchParams would encode differently',
    () => finished(get({ path: '/x?a=%20&b&c=%zz' })),
    but({ attributes: { 'url.full': 'http://127.0.0.1:PORT/x?a=%20&b&c=%zz' } }),
    'a URL without secrets keeps its bytes',
  ],
  [
    'the default port of an agent',
    () =>
      finished(
        http.get({ host: '127.0.0.1', agent: Object.assign(new http.Agent(), { defaultPort: port }) }),
      ),
    but({ attributes: { 'server.port': 'PORT', 'url.full': 'http://127.0.0.1:PORT/' } }),
    'server.port is the port of the connection',
  ],
  [
    'a request to a proxy',
    () => finished(get({ path: 'http://a.example/x?sig=s3cret' })),
    but({
      attributes: {
        'server.address': 'a.example',
        'server.port': 80,
        'url.full': 'http://a.example/x?sig=REDACTED',
      },
    }),
    'the target is the absolute URL in the request line (RFC 9112 section 3.2.2)',
  ],
  [
    'OPTIONS *',
    () => finished(get({ method: 'OPTIONS', path: '*' })),
    but({ attributes: { 'url.full': 'http://127.0.0.1:PORT' } }),
    'the asterisk is not part of the host',
  ],
  [
    'a call that Node rejects',
    () => expect(() => get({ headers: { 'a b': '1' } })).toThrow('valid HTTP token'),
    () => [],
    'no request is created, and nothing is published',
  ],
  [
    'a write after the end',
    () => {
      const request = get()
      request.write('x')
      return finished(request)
    },
    but({
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'error.type': undefined,
        'http.response.status_code': 200,
        ...CONNECTED,
      },
      exceptions: [],
    }),
    'the call continues without an error',
  ],
]

describe('the client span of a call by node:http', () => {
  it.each(DIFFERENCES)(
    'differs from that of instrumentation-http for %s',
    async (_what, run, expected, because) => {
      const original = await spansByInstrumentation(run)
      const spans = await spansByTracer(run)
      expect(spans, because).toEqual(expected(original))
      expect(spans, 'the difference no longer exists').not.toEqual(original)
    },
  )
})
