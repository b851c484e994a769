import type { IncomingMessage } from 'node:http'
import { type Context, trace } from '@opentelemetry/api'
import { NOOP_TRACER, type RequestTrace, type RequestTracer } from '../tracing/request-tracer.ts'

/** Returns a tracer that starts server traces only; `request` is `undefined` for HTTP/2. */
export function serverTracer(
  start: (request: IncomingMessage | undefined, isExcluded: boolean) => RequestTrace,
): RequestTracer {
  return {
    ...NOOP_TRACER,
    startsServerSpans: true,
    tracesWebSockets: true,
    startHttp1: (request, _server, isExcluded) => start(request, isExcluded),
    startHttp2: (_headers, _peer, isExcluded) => start(undefined, isExcluded),
  }
}

/** Returns a trace that has the span of a context and ignores its end, unless `end` is given. */
export function traceIn(context: Context, end: RequestTrace['end'] = () => {}): RequestTrace {
  return {
    context,
    isRecording: () => trace.getSpan(context)?.isRecording() === true,
    recordException() {},
    end,
    startTurn: () => undefined,
  }
}
