// A WebSocket gateway: calls upstream for each message and answers with its span context and the headers of the call.

import websocket from '@fastify/websocket'
import { trace } from '@opentelemetry/api'
import Fastify from 'fastify'
import ws from 'ws'

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

// Opens a WebSocket to itself with each client.
const CLIENTS = { global: WebSocket, ws }
app.get('/relay/:by', (request, reply) => {
  reply.hijack()
  const client = new CLIENTS[request.params.by](`ws://127.0.0.1:${app.server.address().port}/ws/1`)
  client.addEventListener('open', () => client.send('message'))
  client.addEventListener('message', ({ data }) => reply.raw.end(data, () => client.close()))
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
