// Proxies that forward every request to an engine and have no code for LLMs; `PROXY` selects the library.
import http from 'node:http'
import { pipeline, Readable } from 'node:stream'

const upstream = process.env.ENGINE_URL

/** Answers 502 if the engine fails before its headers. */
const onFailure = (response) => (error) => {
  if (error != null && !response.headersSent) response.writeHead(502).end()
  else if (error != null) response.destroy()
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding']
const endToEnd = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))

/** A signal that aborts when the client leaves. */
const clientSignal = (response) => {
  const controller = new AbortController()
  response.on('close', () => response.writableFinished || controller.abort())
  return controller.signal
}

const PROXIES = {
  fastify: async () => {
    const { default: Fastify } = await import('fastify')
    const { default: proxy } = await import('@fastify/http-proxy')
    const app = Fastify()
    const onError = (reply, { error }) => onFailure(reply.raw)(error)
    app.register(proxy, { upstream, replyOptions: { onError } })
    await app.ready()
    return app.server
  },
  'http-proxy-3': async () => {
    const { createProxyServer } = await import('http-proxy-3')
    const server = createProxyServer({ target: upstream })
    server.on('error', (error, _request, response) => onFailure(response)(error))
    // Without this, the library leaves a response open when the connection to the engine ends in its body.
    server.on('proxyRes', (answer, _request, response) =>
      answer.on('close', () => answer.complete || response.destroy()),
    )
    return http.createServer((request, response) => server.web(request, response))
  },
  undici: async () => {
    const { stream } = await import('undici')
    return http.createServer((request, response) => {
      const { method, url, headers } = request
      const body = method === 'GET' ? null : request
      const options = { method, headers: endToEnd(headers), body, signal: clientSignal(response) }
      stream(new URL(url, upstream), options, ({ statusCode, headers }) =>
        response.writeHead(statusCode, endToEnd(headers)),
      ).catch(onFailure(response))
    })
  },
  fetch: () =>
    http.createServer(async (request, response) => {
      const { method, url, headers } = request
      const body = method === 'GET' ? null : request
      const init = {
        method,
        headers: endToEnd(headers),
        body,
        duplex: 'half',
        signal: clientSignal(response),
      }
      try {
        const answer = await fetch(upstream + url, init)
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
        pipeline(Readable.fromWeb(answer.body), response, () => {})
      } catch (error) {
        onFailure(response)(error)
      }
    }),
}

const server = await PROXIES[process.env.PROXY]()
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
