import { expect, it } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-receiver/store.ts'
import { type Answer, fetchAnswer, startTraced, waitForSpans } from './traced-app.ts'

/** Returns the paths of the calls of a request, with their `http.request.resend_count`. */
function callsIn(spans: readonly StoredSpan[], { own }: Answer): unknown[] {
  return spans
    .filter(({ kind, parentSpanId }) => kind === 'client' && parentSpanId === own.spanId)
    .map(({ attributes }) => [
      new URL(String(attributes['url.full'])).pathname.slice(0, 2),
      attributes['http.request.resend_count'],
    ])
    .sort()
}

const REDIRECTED = [
  ['/1', undefined],
  ['/2', 1],
  ['/3', 2],
]

it.each([
  ['/fetch', REDIRECTED],
  ['/undici-fetch', REDIRECTED],
  ['/undici', REDIRECTED],
  [
    '/retry',
    [
      ['/b', undefined],
      ['/b', 1],
    ],
  ],
  [
    '/twice',
    [
      ['/3', undefined],
      ['/3', undefined],
    ],
  ],
])('counts resends of a call in the trace of its request: %s', async (path, calls) => {
  const app = startTraced({ VR_TRACING_SAMPLE_RATIO: '1' }, 'redirects.mjs')
  const url = await app.url()
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetchAnswer(url + path)))
  for (const answer of answers) {
    const { own, upstream } = answer
    const spans = await waitForSpans(own.traceId, 1 + 2 * calls.length) // upstream is in the same process
    expect(callsIn(spans, answer)).toEqual(calls)
    expect(upstream['traceparent']?.slice(3, 35)).toBe(own.traceId)
  }
  await app.kill()
})

it('counts redirects of a call by fetch that no server request makes', async () => {
  const app = startTraced({ CALL_AT_START: 'yes' }, 'redirects.mjs')
  const [, traceparent = ''] = await app.waitForOutput(/answered at start: .*"traceparent":"([^"]+)"/)
  await app.url()
  const spans = await waitForSpans(traceparent.slice(3, 35), 2) // upstream is in the same process
  const call = spans.find(({ kind }) => kind === 'client')
  expect(call?.attributes['http.request.resend_count']).toBe(2)
  await app.kill()
})

it.each(['/fetch', '/undici', '/retry'])(
  'resends of a call of an unsampled request have its trace id: %s',
  async (path) => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: '0' }, 'redirects.mjs')
    const url = await app.url()
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetchAnswer(url + path)))
    for (const { own, upstream } of answers) expect(upstream['traceparent']?.slice(3, 35)).toBe(own.traceId)
    await app.kill()
  },
)
