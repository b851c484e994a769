import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppOptions, RunningApp } from './running-app.ts'

/** An argument of a call, for `outgoing-calls.mjs`. */
interface Argument {
  readonly kind: 'text' | 'url' | 'options' | 'callback' | 'undefined' | 'null'
  readonly value?: unknown
  /** Properties that the application adds to a `URL`. */
  readonly own?: object
}

/** A call of `node:http`, for `outgoing-calls.mjs`. */
interface Call {
  readonly module: 'http' | 'https'
  readonly how: 'request' | 'get' | 'new'
  readonly args: readonly Argument[]
  readonly answer: 'ok' | 'cut' | 'hang'
  /** Whether the call is made outside of any request. */
  readonly isOutside: boolean
  /** Whether the application listens for the response. */
  readonly isRead: boolean
  /** Headers that are set after the call was created. */
  readonly late: readonly (readonly [name: string, value: string])[]
  readonly body?: string | undefined
  /** Default port that the application sets on the global agent. */
  readonly globalPort?: number | undefined
}

/** Result of a call. */
interface Made {
  /** Bytes that each connection received. */
  readonly sent: readonly string[]
}

/** Options of the runs that are compared, by the name that a failure prints. */
const RUNS = {
  'without the flag': { flag: false },
  'metrics only': { env: { VR_METRICS_GROUPS: '+http_semconv' } },
  'at 0 %': { env: { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '0' } },
  'at 1 %': { env: { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '0.01' } },
  'at 100 %': { env: { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1' } },
}

/** URL of the application, by run. */
const urls = new Map<string, string>()
const apps: RunningApp[] = []

beforeAll(async () => {
  for (const [run, options] of Object.entries<AppOptions>(RUNS)) {
    // Spans are not compared: nothing listens on that port.
    const env = { ...options.env, VR_OPENTELEMETRY_PORT: '2' }
    const app = new RunningApp('outgoing-calls.mjs', { ...options, env })
    apps.push(app)
    urls.set(run, await app.url())
  }
})

afterAll(async () => {
  await Promise.all(apps.map((app) => app.kill()))
})

async function makeIn(url: string, calls: readonly Call[]): Promise<Made[]> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(calls) })
  return (await response.json()) as Made[]
}

const OURS = /^traceparent: .*\r\n/gm

/** Removes our headers from a result. */
const plain = (made: Made): Made => ({ ...made, sent: made.sent.map((bytes) => bytes.replace(OURS, '')) })

/**
 * Makes calls in every run and compares the results without our headers. A traced call must have exactly one `traceparent`;
 * a `CONNECT` to a proxy has none.
 */
async function compare(calls: readonly Call[]): Promise<void> {
  const all = await Promise.all([...urls].map(async ([run, url]) => [run, await makeIn(url, calls)] as const))
  const expected = all[0]?.[1]
  for (const [run, made] of all) {
    expect({ run, made: made.map(plain) }).toEqual({ run, made: expected })
    const sent = made.flatMap((one) => one.sent).filter((bytes) => bytes !== '')
    const headers = sent.map((bytes) => bytes.match(OURS)?.length ?? 0)
    expect({ run, headers }).toEqual({
      run,
      headers: sent.map((bytes) => (run.startsWith('at') && !bytes.startsWith('CONNECT') ? 1 : 0)),
    })
  }
}

const call = (args: readonly Argument[], more: Partial<Call> = {}): Call => ({
  module: 'http',
  how: 'get',
  args,
  answer: 'ok',
  isOutside: false,
  isRead: true,
  late: [],
  ...more,
})

const text = (value: unknown): Argument => ({ kind: 'text', value })
const url = (value: string, own?: object): Argument => ({ kind: 'url', value, ...(own && { own }) })
const options = (value: object): Argument => ({ kind: 'options', value })
const CALLBACK: Argument = { kind: 'callback' }
const NOTHING: Argument = { kind: 'undefined' }
const headers = (of: unknown): { headers: object } => ({ headers: { of } })

const FOUND: readonly [string, Call][] = [
  ['a callback after undefined', call([text('http://a.example/'), NOTHING, CALLBACK])],
  ['a callback after null', call([url('http://a.example/'), { kind: 'null' }, CALLBACK])],
  ['percent-encoded credentials in a URL', call([url('http://user%40corp:p%23ss@a.example/')])],
  ['percent-encoded credentials in a string', call([text('http://user%40corp:p%23ss@a.example/')])],
  ['the default port of an agent', call([options({ host: 'a.example', agent: 'port' })])],
  ['the default port of the global agent', call([options({ host: 'a.example' })], { globalPort: 8083 })],
  ['a default port', call([options({ host: 'a.example', defaultPort: 8082 })])],
  [
    'the method and headers of a URL',
    call([url('http://a.example/', { method: 'POST', ...headers({ 'X-Own': '1' }) })], { how: 'request' }),
  ],
  ['Host twice in a list', call([options(headers(['Host', 'a', 'Host', 'b']))])],
  ['order and case of a list', call([options(headers(['x-B', '1', 'X-a', '2', 'x-B', '3']))])],
  [
    'Cookie twice in a list of pairs',
    call([
      options(
        headers([
          ['Cookie', 'a=1'],
          ['Cookie', 'b=2'],
        ]),
      ),
    ]),
  ],
  ['half a list', call([options(headers(['X-A', '1', 'odd']))])],
  ['a method that is a number', call([options({ method: -1 })])],
  [
    'a signal that aborts when the call is sent',
    call([options({ host: 'a.example', signal: 'later' })], { answer: 'hang' }),
  ],
  [
    'a signal that aborts for a reason',
    call([options({ host: 'a.example', signal: 'reason' })], { answer: 'hang' }),
  ],
  ['no arguments', call([], { how: 'request' })],
  ['null alone', call([{ kind: 'null' }], { how: 'request' })],
]

describe('a call by node:http', () => {
  it('uses the functions of Node, without wrappers, in CommonJS and ES modules', async () => {
    const all = await Promise.all(
      [...urls].map(async ([run, url]) => [run, await (await fetch(`${url}/exports`)).json()] as const),
    )
    for (const [run, exports] of all) expect({ run, exports }).toEqual({ run, exports: all[0]?.[1] })
  })

  it.each(FOUND)('has the same result as without the flag: %s', async (_what, made) => {
    await compare([made, { ...made, module: 'https' }, { ...made, isOutside: true }])
  })

  it('has the same result as without the flag for any arguments', async () => {
    await fc.assert(fc.asyncProperty(CALLS, compare), { numRuns: 100 })
  }, 120_000)
})

const HOSTS = ['a.example', '127.0.0.1', '::1', 'localhost', '']
const URLS = [
  'http://a.example',
  'http://a.example:80/a%20b/?x=%zz&key=1#part',
  'https://a.example:8443/',
  'http://user%40corp:p%23ss@[::1]:8080/x',
  'HTTP://A.EXAMPLE/%7Euser',
  'ftp://a.example/',
]
const PATHS = ['/', '/x?y=1', '*', 'a.example:443', 'http://a.example/x', '/a b', '/\u00e9', '']
const METHODS = [
  'GET',
  'get',
  'post',
  'PATCH',
  'HEAD',
  'CONNECT',
  'OPTIONS',
  'QUERY',
  'a b',
  '',
  'PURGE',
  -1,
  {},
]
const HEADER = fc.tuple(
  fc.constantFrom('X-A', 'x-a', 'Cookie', 'Host', 'User-Agent', 'Authorization', 'accept', 'a b', 'X-\u00e9'),
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('1', 'a b', '\u00e9', '') },
    fc.constant(['1', '2']),
    fc.constantFrom('\u{1F600}', 'a\nb', 5),
  ),
)
const FRAMING = fc.constantFrom<[string, string]>(
  ['Expect', '100-continue'],
  ['Connection', 'close'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'other'],
  ['Transfer-Encoding', 'chunked'],
  ['Content-Length', '3'],
)
const PAIRS = fc.array(fc.oneof({ weight: 4, arbitrary: HEADER }, FRAMING), { maxLength: 5 })
const HEADERS = fc.oneof(
  PAIRS.map((pairs) => ({ of: Object.fromEntries(pairs) as unknown })),
  PAIRS.map((pairs) => ({ of: pairs })),
  PAIRS.map((pairs) => ({ of: pairs.flat(1) })),
  fc.constantFrom({ of: ['X-A'] }, { of: null }, { of: 'text' }, { of: [['X-A']] }),
  fc.constant({ isHeaders: true, of: { 'X-A': '1' } }),
)
const OPTIONS = fc.record(
  {
    protocol: fc.constantFrom('http:', 'https:', 'ftp:'),
    host: fc.constantFrom(...HOSTS, 5),
    hostname: fc.constantFrom(...HOSTS),
    port: fc.constantFrom(80, '8080', 443, 0, ''),
    defaultPort: fc.constantFrom(8082, 80),
    path: fc.constantFrom(...PATHS),
    method: fc.constantFrom(...METHODS),
    headers: HEADERS,
    auth: fc.constantFrom('user:p#ss', ''),
    agent: fc.constantFrom('http', 'https', 'port', 'wrong', false, null),
    setHost: fc.boolean(),
    setDefaultHeaders: fc.boolean(),
    joinDuplicateHeaders: fc.boolean(),
    uniqueHeaders: fc.constant(['x-a']),
    signal: fc.constantFrom('aborted', 'wrong'),
    createConnection: fc.constant(true),
    timeout: fc.constantFrom(60_000, -1),
  },
  { requiredKeys: [] },
)
/** Valid options, so that Node accepts most calls. */
const USUAL = fc.record(
  {
    host: fc.constantFrom('a.example', '127.0.0.1'),
    port: fc.constantFrom(80, 8080),
    path: fc.constantFrom('/', '/x?y=1'),
    method: fc.constantFrom('GET', 'POST', 'patch', 'HEAD'),
    headers: HEADERS,
    auth: fc.constant('user:p#ss'),
    agent: fc.constantFrom('http', 'port', false),
    setHost: fc.boolean(),
  },
  { requiredKeys: [] },
)
const OPTIONS_ARGUMENT = fc.oneof({ weight: 3, arbitrary: USUAL }, OPTIONS).map(options)
const TARGET = fc.oneof(
  fc.constantFrom(...URLS).map(text),
  fc.constantFrom(...URLS).map((value) => url(value)),
  fc.tuple(fc.constantFrom(...URLS), USUAL).map(([value, own]) => url(value, own)),
  OPTIONS_ARGUMENT,
)
const NONE = fc.constantFrom<Argument>(NOTHING, { kind: 'null' })
const ODD = fc.oneof(NONE, fc.constantFrom(text(''), text('no URL'), text(5), text(true), text([])))
const ARGUMENTS = fc.oneof(
  fc.tuple(TARGET),
  fc.tuple(TARGET, fc.constant(CALLBACK)),
  fc.tuple(TARGET, OPTIONS_ARGUMENT, fc.constant(CALLBACK)),
  fc.tuple(TARGET, NONE, fc.constant(CALLBACK)),
  fc.tuple(TARGET, fc.constant(CALLBACK), NONE),
  fc.array(fc.oneof(TARGET, ODD, OPTIONS_ARGUMENT, fc.constant(CALLBACK)), { maxLength: 4 }),
)
const CALL = fc.record({
  module: fc.constantFrom('http' as const, 'http' as const, 'https' as const),
  how: fc.constantFrom('request' as const, 'get' as const, 'new' as const),
  args: ARGUMENTS,
  answer: fc.constantFrom('ok' as const, 'ok' as const, 'cut' as const),
  isOutside: fc.boolean(),
  isRead: fc.boolean(),
  late: fc.array(fc.constantFrom<[string, string]>(['X-Late', '1'], ['Expect', 'x'], ['host', 'late']), {
    maxLength: 1,
  }),
  body: fc.constantFrom(undefined, 'body'),
  globalPort: fc.constantFrom(undefined, undefined, 8083),
})
const CALLS = fc.array(CALL, { minLength: 1, maxLength: 20 })
