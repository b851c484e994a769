import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closed, finished, get, port, spansByTracer, to } from './testing/client-calls.ts'
import { spansByInstrumentation } from './testing/http-instrumentation.ts'

async function overUnixSocket(call: (path: string) => Promise<unknown>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'client-spans-'))
  const path = join(folder, 'socket')
  const local = http.createServer((_request, response) => void response.end('ok')).listen(path)
  await once(local, 'listening')
  await call(path)
  await new Promise((resolve) => local.close(resolve))
  rmSync(folder, { recursive: true })
}

const CALLS: readonly [string, () => unknown][] = [
  ['a GET by its options', () => finished(get())],
  ['a GET by a string', () => finished(http.get(`http://127.0.0.1:${port}/x?a=1`))],
  ['a GET by a URL', () => finished(http.get(new URL(`http://localhost:${port}/x`)))],
  ['a POST', () => finished(http.request(to({ method: 'POST' })).end('body'))],
  ['a user agent', () => finished(get({ headers: { 'user-agent': 'me/1' } }))],
  ['a secret in the query', () => finished(get({ path: '/x?sig=s3cret&b=2' }))],
  ['a HEAD', () => finished(get({ method: 'HEAD' }))],
  ...[204, 302, 304, 404, 503].map(
    (status) => [`status ${status}`, () => finished(get({ path: `/${status}` }))] as [string, () => unknown],
  ),
  ['a response that is not read', () => closed(get())],
  ['a Host of the application', () => finished(get({ headers: { Host: 'a.example' } }))],
  ['an IPv6 address in a URL', () => finished(http.get(`http://[::1]:${port}/`))],
  [
    'a call by node:https',
    () =>
      finished(
        https.get(to({ createConnection: () => net.connect(port, '127.0.0.1') }) as https.RequestOptions),
      ),
  ],
  ['a Unix socket', () => overUnixSocket((socketPath) => finished(http.get({ socketPath })))],
  [
    'two calls on one connection',
    async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      await Promise.all([finished(get({ agent })), finished(get({ agent }))])
      agent.destroy()
    },
  ],
]

describe('the client span of a call by node:http', () => {
  it.each(CALLS)('equals that of instrumentation-http for %s', async (_what, run) => {
    const expected = await spansByInstrumentation(run)
    const spans = await spansByTracer(run)
    expect(expected.length).toBeGreaterThan(0)
    expect(spans).toEqual(expected)
  })
})
