import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { type Context, context, createContextKey } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openEngines, recordLog, respond, serveEngine } from '../../testing/engine-server.ts'

/** Returns a URL with credentials and a query. */
function secretUrl(url: URL): URL {
  return Object.assign(new URL(url), { username: 'us%40er', password: 'pa%ss', search: '?token=hidden' })
}

describe('a request to an engine', () => {
  it('asks for UTF-8 names without compression, and identifies itself', async () => {
    const received: IncomingMessage[] = []
    const engine = await serveEngine((request, response) => {
      received.push(request)
      respond(response, '')
    })
    await openEngines({ engine }).collect()
    expect(received.map(({ method, url }) => [method, url])).toEqual([['GET', '/metrics']])
    expect(received[0]?.headers).toEqual({
      accept:
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.8,text/plain;version=0.0.4;q=0.5',
      'accept-encoding': 'identity',
      'x-prometheus-scrape-timeout-seconds': '2',
      'vr-otel-engine-fetch': '1',
      host: engine.host,
      connection: 'close',
    })
  })

  it('is sent in a context that suppresses tracing', async () => {
    const manager = new AsyncLocalStorageContextManager()
    context.setGlobalContextManager(manager)
    onTestFinished(() => context.disable())
    const contexts: Context[] = []
    const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel')
    const record = (): void => void contexts.push(context.active())
    subscribe('http.client.request.created', record)
    onTestFinished(() => void unsubscribe('http.client.request.created', record))
    const engine = await serveEngine((_, response) => respond(response, ''))
    await openEngines({ engine }).collect()
    const key = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
    expect(contexts.map((active) => active.getValue(key))).toEqual([true])
  })
})

describe('U11: credentials in a URL', () => {
  it('are sent to the engine', async () => {
    const received: IncomingMessage[] = []
    const engine = await serveEngine((request, response) => {
      received.push(request)
      respond(response, 'a 1\n')
    })
    const engines = openEngines({ engine: secretUrl(engine) })
    expect(await engines.collect()).toMatchObject([{ points: [{ labels: { upstream: 'engine' } }] }])
    const basic = `Basic ${Buffer.from('us@er:pa%ss').toString('base64')}`
    expect(received.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/metrics?token=hidden', basic],
    ])
  })

  it('are in no log line, state or error, whatever the engine does', async () => {
    const log = recordLog()
    const refused = await serveEngine((request, response) =>
      response.writeHead(401, `${request.headers.authorization}`, { 'X-Url': request.url }).end(request.url),
    )
    const echo = await serveEngine((request, response) => respond(response, `${request.url}\n`))
    const redirect = await serveEngine((request, response) =>
      response.writeHead(302, { Location: `http://us%40er:pass@127.0.0.1${request.url}` }).end(),
    )
    const garbage = await serveEngine((request, { socket }) =>
      socket?.end(`${request.headers.authorization} ${request.url}\r\n\r\n`),
    )
    const closed = new URL('http://127.0.0.1:1/')
    const urls = { refused, echo, redirect, garbage, closed }
    const engines = openEngines(
      Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, secretUrl(url)])),
    )
    const shown = inspect([await engines.collect(), engines.state(), log], { depth: 10 })
    expect(engines.state().map(({ lastError }) => lastError?.fault)).toEqual([
      'status',
      'syntax',
      'redirect',
      'connection',
      'connection',
    ])
    expect(log).toHaveLength(5)
    expect(shown).not.toMatch(/us@er|us%40er|pa%ss|pass|hidden|token|Basic|dXNA/)
  })
})
