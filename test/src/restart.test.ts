import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { startTraced, waitForSpans } from './traced-app.ts'

/** Result of one kind of request. */
interface Answer {
  readonly status: number
  /** Trace id in the handler, or `none`. */
  readonly traceId: string
  /** The trace context headers of each call to the engine. */
  readonly sent: readonly (readonly string[])[]
}

/** Results of one start and the stop after it. */
interface Phase {
  /** Results while telemetry runs (`answers`) and after the stop (`off`). */
  readonly answers: Readonly<Record<string, Answer>>
  readonly off: Readonly<Record<string, Answer>>
  /** Counted requests by route, and the gauges after them. */
  readonly requests: Readonly<Record<string, number>>
  readonly inFlight: number
  readonly streamsInFlight: number
  /** Last lines of responses that began before a stop and ended after it. */
  readonly lasted: readonly string[]
  /** Stack frames of telemetry below a handler. */
  readonly frames: { readonly running: number; readonly off: number }
  /** Differences from the process before the first start. */
  readonly left: readonly string[]
  /** Whether the wrappers of another library are still the outermost ones. */
  readonly isForeignOnTop: boolean
}

const GC = { execArgv: ['--expose-gc'] }

async function run(app: RunningApp): Promise<Phase[]> {
  const { code } = await app.exit()
  expect({ code, stderr: app.stderr.replaceAll(/^@vr\/otel \d.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
  const { phases, channelCount } = JSON.parse(app.stdout)
  expect(channelCount).toBeGreaterThan(20)
  for (const [i, { lasted }] of (phases as Phase[]).entries()) {
    const whole = Array(i === 0 ? 0 : i === 1 ? 2 : 1).fill(['data: [DONE]', '0', 'late', 'late'])
    expect(lasted.map((line) => line.replace(/^(none|[0-9a-f]{32})/, ''))).toEqual(whole.flat())
  }
  return phases
}

const ROUTES = ['/plain', '/fetch', '/request', '/undici', '/stream', '/h2', '/fastify/{id}']
const ONE_EACH = Object.fromEntries(ROUTES.map((route) => [route, 1]))

/** Expects exact counts while telemetry runs, and no effect while it does not. */
function expectCounted({ answers, off, requests, inFlight, streamsInFlight }: Phase): void {
  expect({ requests, inFlight, streamsInFlight }).toEqual({
    requests: ONE_EACH,
    inFlight: 0,
    streamsInFlight: 0,
  })
  for (const one of [answers, off]) {
    expect(Object.values(one).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 101, 200, 200])
  }
  for (const { traceId, sent } of Object.values(off)) {
    expect([traceId, sent.flat()]).toEqual(['none', []])
  }
}

/** Number of spans of a sampled request, by its path. */
const SPANS: Readonly<Record<string, number>> = {
  '/plain': 1,
  '/fetch': 2,
  '/request': 2,
  '/undici': 2,
  '/stream': 1,
  '/upgrade': 1,
  '/h2': 1,
  '/fastify/{id}': 1,
}

describe('telemetry that is started and stopped three times, with traffic in between', () => {
  it('restores the process and counts every request once in each run', async () => {
    const phases = await run(new RunningApp('restarts.mjs', GC))
    expect(phases.map(({ left }) => left)).toEqual([[], [], []])
    for (const phase of phases) expectCounted(phase)
    expect(phases.map(({ frames }) => frames.off)).toEqual([0, 0, 0])
  })

  it.each([
    ['before', 'metrics only'],
    ['after', 'metrics only'],
    ['before', 'with tracing'],
    ['after', 'with tracing'],
  ])('keeps inactive wrappers below those that another library installed %s it, %s', async (when, mode) => {
    const env = { FOREIGN: when }
    const app =
      mode === 'with tracing'
        ? startTraced(env, 'restarts.mjs', GC)
        : new RunningApp('restarts.mjs', { ...GC, env })
    const phases = await run(app)
    expect(phases.map(({ left }) => left)).toEqual([[], [], []])
    for (const phase of phases) expectCounted(phase)
    expect(phases.map(({ isForeignOnTop }) => isForeignOnTop)).toEqual([true, true, true])
    // Inactive frames below their wrappers do not accumulate, and are fewer than the active ones.
    const [first, second, third] = phases.map(({ frames }) => frames)
    expect([second?.off, third?.off]).toEqual([first?.off, first?.off])
    expect(third?.running).toBe(second?.running)
    expect(first?.off).toBeLessThan(first?.running ?? 0)
  })

  it.each(['0', '0.01', '1'])(
    'sends one traceparent per call and all spans of sampled requests at a ratio of %s',
    async (ratio) => {
      const phases = await run(startTraced({ VR_TRACING_SAMPLE_RATIO: ratio }, 'restarts.mjs', GC))
      expect(phases.map(({ left }) => left)).toEqual([[], [], []])
      for (const phase of phases) {
        expectCounted(phase)
        for (const [path, { traceId, sent }] of Object.entries(phase.answers)) {
          expect(traceId).toMatch(/^[0-9a-f]{32}$/)
          const lines = sent.map((line) => line.map((text) => text.slice(0, -20)))
          expect(lines).toEqual(SPANS[path] === 2 ? [[`traceparent: 00-${traceId}`]] : [])
          if (ratio !== '1') continue
          const spans = await waitForSpans(traceId, SPANS[path] as number)
          expect(spans).toHaveLength(SPANS[path] as number)
        }
      }
    },
  )
})

/** Starts a server that accepts connections and never answers. */
async function blackHole(): Promise<Server> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const portOf = (server: Server): string => String((server.address() as AddressInfo).port)

it('can be started while it runs or stops, and stopped twice', async () => {
  const collector = await blackHole()
  const free = await blackHole()
  const port = portOf(free)
  await new Promise((resolve) => free.close(resolve))
  const app = new RunningApp('overlapping-starts.mjs', {
    flag: false,
    env: {
      VR_METRICS_PORT: port,
      VR_TRACING_ENABLED: 'true',
      VR_TRACING_SAMPLE_RATIO: '1',
      VR_OPENTELEMETRY_HOST: '127.0.0.1',
      VR_OPENTELEMETRY_PORT: portOf(collector),
    },
  })
  const { code } = await app.exit()
  collector.close()
  expect({ code, stderr: app.stderr.replaceAll(/^@vr\/otel \d.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
  expect(
    app.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { isSame: true, isNew: true, isStillRunning: true, settled: [0, 2], counted: 3 },
    { isNew: true, counted: 1 },
  ])
})

it('a start that fails in its last step leaves nothing behind', async () => {
  const app = startTraced({}, 'fails-late.mjs', { flag: false, execArgv: ['--expose-gc'] })
  await app.exit()
  expect(JSON.parse(app.stdout)).toEqual({
    message: expect.stringContaining('Cannot redefine property'),
    left: [],
    hasGlobals: [false, false],
    ownEmit: false,
  })
})
