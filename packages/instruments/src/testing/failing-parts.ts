import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { NodeHttpOptions } from '../node-http/options.ts'
import { describeRequestSpan } from '../tracing/request-span.ts'
import { type Faults, failingProvider } from './faults.ts'
import type { RecordingProvider } from './recording-provider.ts'
import { serverTracer, traceIn } from './server-tracer.ts'

/** Returns a recording span whose methods may throw. */
function failingSpan(faults: Faults): Span {
  const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }
  const span: Span = trace.wrapSpanContext(context)
  return faults.beforeAll(Object.assign(span, { isRecording: () => true }))
}

/**
 * Returns options for `observeNodeHttp` of which each part may throw: instruments except the counter of requests, labels,
 * the clock, the filter, the interceptor, tracing, contexts and spans.
 */
export function failingParts(
  provider: RecordingProvider,
  faults: Faults,
): Omit<NodeHttpOptions, 'instruments'> & { readonly instruments: GatewayInstruments } {
  let context: Context = ROOT_CONTEXT
  const isOn = faults.isOn
  faults.isOn = false // while the parts are created
  const instruments = new GatewayInstruments({
    meterProvider: failingProvider(provider, faults, ['http.requests']),
    prefix: '',
    groups: ['http', 'sse', 'websocket', 'http_semconv'],
    now: faults.before(() => performance.now()),
    activeContext: faults.before(() => context),
  })
  context = trace.setSpan(ROOT_CONTEXT, failingSpan(faults))
  const span = trace.getSpan(context) as Span
  const requestTrace = faults.beforeAll(traceIn(context, (facts) => describeRequestSpan(span, facts)))
  const { methods, routes } = instruments
  methods.label = faults.before(methods.label.bind(methods))
  routes.label = faults.before(routes.label.bind(routes))
  faults.isOn = isOn
  return {
    instruments,
    observes: faults.before(() => true),
    intercept: faults.before(() => undefined),
    tracer: serverTracer(faults.before(() => requestTrace)),
  }
}

/** Returns totals of requests: counted, and still in flight. */
export function balance(provider: RecordingProvider) {
  const total = (name: string): number =>
    Object.values(provider.sums(name)).reduce((sum, value) => sum + value, 0)
  return {
    counted: total('http.requests'),
    inFlight: total('http.in_flight_requests'),
    streams: total('sse.connections_in_flight'),
    active: Object.values(provider.sums('http.server.active_requests')).filter((value) => value !== 0),
  }
}

/** Returns the number of internal errors in this process. */
export function reportedErrors(): number {
  return [...internalErrors.counts.values()].reduce((sum, count) => sum + count, 0)
}
