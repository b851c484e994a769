// A gateway that takes WebSockets: each message is a call upstream, and is answered with the trace and what upstream got.

import websocket from '@fastify/websocket'
import { trace } from '@opentelemetry/api'
import Fastify from 'fastify'

const app = Fastify()
await app.register(websocket)
const own = () => trace.getActiveSpan()?.spanContext()
const guard = async (request, reply) => {
  if (request.params.id === 'closed') return reply.code(401).send()
}
app.get('/ws/:id', { websocket: true, preValidation: guard }, (socket) => {
  socket.on('message', async () => {
    const upstream = await (await fetch(`${process.env.UPSTREAM_URL}/x`)).json()
    socket.send(JSON.stringify({ own: own(), upstream }))
  })
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
