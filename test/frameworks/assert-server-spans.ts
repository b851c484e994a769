import assert from 'node:assert/strict'
import type { Application } from './applications.ts'
import type { RunningApplication } from './running-application.ts'
import { type ReceivedSpan, SpanSink } from './span-sink.ts'
import { drive } from './traffic.ts'

/** Time limit for the arrival of spans. */
const DEADLINE_MS = 20_000

/** Number of requests of {@link drive} for which the application calls its engine by `fetch`. */
const ENGINE_CALLS = 2

/** Number of calls by `http.request`, for `/stream/broken`; the framework creates no span for them. */
const HTTP_CALLS = 1

/**
 * Checks a framework with its own tracer: one server span per request, one client span per call, and no message about the use
 * of ended spans.
 * @param start starts the application with settings
 */
export async function assertOneServerSpanPerRequest(
  application: Application,
  start: (env: NodeJS.ProcessEnv) => Promise<RunningApplication>,
): Promise<void> {
  const sink = await SpanSink.start()
  const running = await start(sink.env)
  try {
    const answers = await drive(running.origin, application)
    const { length } = await running.requestLog(answers.length)
    const spans = await sink.received(length, DEADLINE_MS)
    assert.equal(spans.filter(({ kind }) => kind === 'server').length, length)
    assertCallsAreBelow(spans, 'GET /stream/engine')
    assert.deepEqual(running.reports, [])
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${running.output}`, { cause: error })
  } finally {
    await running.stop()
  }
}

/** The span of a `fetch` must be a child of the framework's span of it, which is a child of the framework's span of the request, which is a child of ours. */
function assertCallsAreBelow(spans: readonly ReceivedSpan[], name: string): void {
  const parentOf = (span: ReceivedSpan | undefined) =>
    spans.find(({ spanId }) => spanId === span?.parentSpanId)
  const calls = spans.filter(({ kind }) => kind === 'client')
  const isFetch = (call: ReceivedSpan) => /^fetch GET /.test(parentOf(call)?.name ?? '')
  assert.equal(calls.length, ENGINE_CALLS + HTTP_CALLS)
  const fetches = calls.filter(isFetch)
  assert.equal(fetches.length, ENGINE_CALLS)
  for (const call of fetches) {
    const fetched = parentOf(call)
    const handled = parentOf(fetched)
    const request = parentOf(handled)
    assert.deepEqual(
      [fetched, handled, request].map((span) => span?.kind),
      ['internal', 'internal', 'server'],
    )
    assert.deepEqual([handled?.name, request?.name], [name, name])
  }
}
