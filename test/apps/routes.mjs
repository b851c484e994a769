// Answers with its trace id, on many routes.
import { trace } from '@opentelemetry/api'
import Fastify from 'fastify'

const app = Fastify()
for (let n = 0; n < 8; n++) {
  app.get(`/route${n}/:id`, async (_request, reply) => {
    await new Promise((resolve) => setTimeout(resolve, n % 3))
    return reply.send({ traceId: trace.getActiveSpan()?.spanContext().traceId })
  })
  app.get(`/stream${n}/:id`, (_request, reply) => {
    const traceId = trace.getActiveSpan()?.spanContext().traceId
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.write(`data: ${JSON.stringify({ traceId })}\n\n`)
    setTimeout(() => reply.raw.end(), n % 3)
    reply.hijack()
  })
}
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
