import http from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startTraced, waitForSpans } from './traced-app.ts'

/** Answer of `forwards.mjs`: its trace, the target that its upstream received, and the origin of the upstream. */
interface Forwarded {
  readonly traceId: string
  readonly received: string
  readonly origin: string
}

/** Requests a target unchanged; `fetch` would normalize it. */
function forward(url: string, path: string, by: string): Promise<Forwarded> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    http
      .get({ hostname, port, path, headers: { 'x-by': by } }, (response) => {
        let text = ''
        response.on('data', (data) => (text += data)).on('end', () => resolve(JSON.parse(text)))
      })
      .on('error', reject)
  })
}

const SECRET = 's3cret'

/** A query parameter, and its text on spans. */
const parameter: fc.Arbitrary<{ given: string; redacted: string }> = fc.oneof(
  fc
    .constantFrom('x', 'a=%20', 'b=+', 'c=%zz', '', '=', 'd=', ';', 'n=1', 'n=1', "q='")
    .map((text) => ({ given: text, redacted: text })),
  fc
    .tuple(
      fc.constantFrom('API_KEY', 'Access_Token', 'client_secret', '%73ig', 'X-Amz-Credential', 'user_id'),
      fc.constantFrom('', 'a=', '%20', '+', ';b', '?'),
    )
    .map(([name, text]) => ({ given: `${name}=${text}${SECRET}`, redacted: `${name}=REDACTED` })),
)

describe('the URLs of spans', () => {
  it.each(['fetch', 'undici', 'http'])('are the sent ones with redacted secrets, by %s', async (by) => {
    const app = startTraced({ VR_TRACING_REDACT: 'user_id' }, 'forwards.mjs')
    const url = await app.url()
    const property = fc.asyncProperty(fc.array(parameter, { minLength: 1, maxLength: 6 }), async (parts) => {
      const given = parts.map((part) => part.given).join('&')
      const redacted = parts.map((part) => part.redacted).join('&')
      const { traceId, received, origin } = await forward(url, `/p?${given}`, by)
      const spans = await waitForSpans(traceId, 3)
      expect(JSON.stringify(spans)).not.toContain(SECRET)
      const [gateway, upstream] = spans
        .filter(({ kind }) => kind === 'server')
        .sort((a, b) => a.parentSpanId.length - b.parentSpanId.length)
      expect(gateway?.attributes['url.query'] ?? '').toBe(redacted)
      const client = spans.find(({ kind }) => kind === 'client')
      // Undici sends targets as its URL parser writes them, with encoded quotation marks.
      const sent = (query: string): string => (by === 'http' ? query : query.replaceAll("'", '%27'))
      const path = received.replace(sent(given), '')
      expect(['/p?', '/p']).toContain(path)
      expect(client?.attributes['url.full']).toBe(`${origin}${path}${sent(redacted)}`)
      expect(upstream?.attributes['url.query'] ?? '').toBe(sent(redacted))
    })
    await fc.assert(property, { numRuns: 40 })
    await app.kill()
  })
})
