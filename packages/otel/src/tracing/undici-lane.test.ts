import { channel, subscribe } from 'node:diagnostics_channel'
import { DiagLogLevel, diag, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { enterCall } from '@vr/otel-instruments/adapters'
import { afterEach, describe, expect, it } from 'vitest'
import { sampledCallsOnly } from './undici-lane.ts'

const CREATE = 'undici:request:create'
const ERROR = 'undici:request:error'
const SPAN = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })

const told: string[] = []
const sampled = new WeakSet<object>()

/** Subscribes as the instrumentation does, and writes down what it is told; the error is too much for it. */
class Told {
  constructor() {
    this.subscribeToChannel(CREATE, ({ request }) => {
      told.push('create')
      enterCall(request, trace.setSpan(ROOT_CONTEXT, SPAN))
    })
    this.subscribeToChannel(ERROR, () => {
      told.push('error')
      throw new Error('on purpose')
    })
  }

  subscribeToChannel(name: string, handler: (message: { request: object }) => void): void {
    subscribe(name, handler as never)
  }
}

const Laned = sampledCallsOnly(
  Told as unknown as typeof UndiciInstrumentation,
  (request) => !sampled.has(request),
)
new Laned({})

afterEach(() => {
  told.length = 0
  diag.disable()
})

/** Publishes the life of a call. */
function live(isSampled: boolean): void {
  const request = {}
  if (isSampled) sampled.add(request)
  for (const name of [CREATE, ERROR]) channel(name).publish({ request })
}

describe('an instrumentation of undici', () => {
  it('is not told of a call that is not sampled', () => {
    live(false)
    expect(told).toEqual([])
  })

  it('is told of one that is, and what it throws ends nothing', () => {
    const said: string[] = []
    const say = (message: string): void => void said.push(message)
    const quiet = { warn: say, info: say, debug: say, verbose: say }
    diag.setLogger({ ...quiet, error: say }, { logLevel: DiagLogLevel.ERROR })
    live(true)
    expect(told).toEqual(['create', 'error'])
    expect(said).toEqual([`a call is not traced to its end (${ERROR})`])
  })
})
