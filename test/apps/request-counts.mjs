// A server with routes that answer, fail, wait and stream. It counts its own requests by route; /request-counts returns the
// counts and the size of the heap.
import Fastify from 'fastify'

const requestCounts = {}

const app = Fastify()
app.get('/json/:id', async () => ({ ok: true }))
app.get('/fails/:id', async () => {
  throw new Error('on purpose')
})
app.get('/slow/:id', async (request) => {
  await new Promise((resolve) => setTimeout(resolve, Number(request.query.ms ?? 0)))
  return 'slow'
})
app.get('/stream/:id', (request, reply) => {
  const events = Number(request.query.events ?? 3)
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const send = () => {
    if (reply.raw.destroyed) return
    if (sent === events) return reply.raw.end('data: [DONE]\n\n')
    sent++
    reply.raw.write(`data: ${sent}\n\n`)
    setImmediate(send)
  }
  send()
})
app.addHook('onRequest', async (request) => {
  if (request.url === '/request-counts') return
  const route = request.routeOptions.url ?? 'unmatched'
  requestCounts[route] = (requestCounts[route] ?? 0) + 1
})
app.get('/request-counts', async () => ({ requestCounts, heapBytes: heapBytes() }))

function heapBytes() {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
