// A server that answers, fails, throws and hangs. With OWN_SDK=1 it has its own SDK; /exported returns its spans.
import { createRequire } from 'node:module'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const exporter = new InMemorySpanExporter()
if (process.env.OWN_SDK === '1') {
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  trace.setGlobalTracerProvider(tracerProvider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  new HttpInstrumentation().setTracerProvider(tracerProvider)
}
const http = createRequire(import.meta.url)('node:http') // through the require hook of the instrumentation

/** Response of a request whose listener threw. */
let unanswered
process.on('uncaughtException', () => {
  unanswered.statusCode = 500
  unanswered.end()
})

const server = http.createServer((request, response) => {
  if (request.url === '/hang') return
  if (request.url === '/throws') {
    unanswered = response
    throw new RangeError('on purpose')
  }
  if (request.url === '/exported') {
    const spans = exporter.getFinishedSpans().map(({ name, kind, status, attributes, events }) => {
      return { name, kind, status, attributes, events: events.map(({ name }) => name) }
    })
    exporter.reset()
    response.end(JSON.stringify(spans))
    return
  }
  response.statusCode = Number(/^\/(\d{3})$/.exec(request.url)?.[1] ?? 200)
  response.end()
})
server.on('checkContinue', (_request, response) => response.end())
server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
