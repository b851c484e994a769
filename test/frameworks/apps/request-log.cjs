// Logs the requests of an application. Handlers set the expected route; the rest is read when the response has closed. The
// parent process requests the rows over IPC.
'use strict'
const http = require('node:http')
const { gzipSync } = require('node:zlib')

const routes = new Map()
const rows = []

/** Called by a handler: `id` is the request header `x-id`, `route` the expected label of its metrics. */
exports.setExpectedRoute = (id, route) => routes.set(String(id), route)

/** Logs every request of a `node:http` server; `routeOf` returns the route if no handler can set it. */
exports.logRequests = (server, routeOf = () => undefined) => {
  server.prependListener('request', (req, res) => {
    const id = req.headers['x-id']
    if (FAILS.test(req.url)) req.setTimeout(IDLE_MS)
    if (req.url === '/stream/zipped') res.setHeader('content-encoding', 'gzip')
    res.on('close', () => {
      rows.push({
        id,
        method: req.method,
        route: routes.get(id) ?? routeOf(req) ?? 'unmatched',
        // The sent status: a handler may change statusCode later, and the arguments of writeHead are not kept elsewhere.
        status: res.headersSent ? Number(/^HTTP\S+ (\d+)/.exec(res._header)[1]) : 499,
        stream: /^content-type: text\/event-stream/im.test(res._header ?? '') && req.method !== 'HEAD',
        outcome: outcomeOf(req, res),
      })
    })
  })
  const ready = () => process.send({ port: server.address().port })
  if (server.listening) ready()
  else server.once('listening', ready)
}

/** Streams that fail. The connection of one that does not end by itself is closed when it is idle. */
const FAILS = /^\/stream\/(stuck|throws|broken)$/
const IDLE_MS = 400

/** Returns the expected outcome of a stream. A stream of the engine always fails, even if the response ends normally. */
function outcomeOf({ url }, { writableFinished }) {
  const [, how] = FAILS.exec(url) ?? []
  if (how === 'stuck') return 'timeout'
  if (how === 'throws') return process.env.OUTCOME_OF_THROW
  if (how === 'broken') return process.env.OUTCOME_OF_THROW === 'timeout' ? 'timeout' : 'upstream_error'
  if (url === '/stream/compressed') return 'upstream_error'
  if (url.startsWith('/stream/engine')) return 'upstream_error'
  return writableFinished ? 'completed' : 'client_abort'
}

/**
 * Yields the events of a stream. `count` is the number of events, which are a few milliseconds apart, or one of:
 * - `'engine'`: the events of the engine, until it is killed
 * - `'broken'`: the same over `http.request`; the failure of the engine is not caught
 * - `'stuck'`, `'throws'`: one event, then nothing or an exception
 * - `'zipped'`: a gzip body
 * - `'announced'`: two events, the second of which is an error event
 */
exports.events = async function* events(count) {
  if (count === 'engine') yield* relayed()
  if (count === 'broken') yield* broken()
  if (count === 'stuck' || count === 'throws') yield 'data: 1\n\n'
  if (count === 'zipped') yield gzipSync('data: 1\n\ndata: 2\n\n')
  if (count === 'announced') yield* ['event: response.created\ndata: {}\n\n', 'event: error\ndata: {}\n\n']
  if (count === 'stuck') await new Promise(() => {})
  if (count === 'throws') throw new Error('throws')
  for (let n = 1; n <= count; n++) {
    yield `data: ${n}\n\n`
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

async function* relayed() {
  const response = await fetch(process.env.ENGINE_URL)
  try {
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) yield text
  } catch {
    yield 'data: the engine is gone\n\n'
  }
}

/** Relays an engine over `http.request` and does not catch its failure. */
async function* broken() {
  const answer = await new Promise((resolve, reject) => {
    http.get(process.env.ENGINE_URL, { agent: false }, resolve).on('error', reject)
  })
  for await (const chunk of answer) yield String(chunk)
}

// The parent repeats the message until all requests have ended.
process.on('message', () => process.send({ rows }))
