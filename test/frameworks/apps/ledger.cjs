// What an application knows of its own requests. Its handlers say which route they are; what was answered is seen
// where the answer ends. Whoever started the application asks for the rows over the channel between the processes.
'use strict'

const routes = new Map()
const rows = []

/** A handler runs: `id` is the request's header `x-id`, `route` the label that its metrics should have. */
exports.hit = (id, route) => routes.set(String(id), route)

/** Keeps a row of every request of a `node:http` server; `routeOf` knows routes whose handlers cannot tell. */
exports.watch = (server, routeOf = () => undefined) => {
  server.prependListener('request', (req, res) => {
    const id = req.headers['x-id']
    res.on('close', () => {
      rows.push({
        id,
        method: req.method,
        route: routes.get(id) ?? routeOf(req) ?? 'unmatched',
        status: res.headersSent ? res.statusCode : 499,
        // As it was sent: headers that are given to writeHead are not kept anywhere else.
        stream: /^content-type: text\/event-stream/im.test(res._header ?? '') && req.method !== 'HEAD',
        outcome: outcomeOf(req.url, res.writableFinished),
      })
    })
  })
  const ready = () => process.send({ port: server.address().port })
  if (server.listening) ready()
  else server.once('listening', ready)
}

/** How a stream ends: one of the engine's always breaks off, though its client is told so politely. */
function outcomeOf(url, isFinished) {
  if (url.startsWith('/stream/engine')) return 'upstream_error'
  return isFinished ? 'completed' : 'client_abort'
}

/** Events of a stream, `count` of them, a few milliseconds apart; or those of the `'engine'`, as long as it lives. */
exports.events = async function* events(count) {
  if (count === 'engine') yield* relayed()
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

// The one who asks repeats the question until what is on its way has ended.
process.on('message', () => process.send({ rows }))
