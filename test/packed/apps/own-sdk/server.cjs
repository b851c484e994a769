// An application with its own OpenTelemetry SDK. `/exported` returns the telemetry that the SDK has exported.
// The SDK must be loaded before the modules that it instruments.
const { measurements, reader, spans } = require('./telemetry.cjs')
const { createServer } = require('node:http')
const { metrics, trace } = require('@opentelemetry/api')

const orders = metrics.getMeter('application').createCounter('application.orders')
const tracer = trace.getTracer('application')

const server = createServer(async (request, response) => {
  if (request.url === '/exported') {
    await reader.forceFlush()
    const [last] = measurements.getMetrics().slice(-1)
    const points = last.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor, dataPoints }) => ({ name: descriptor.name, value: dataPoints[0]?.value })),
    )
    const ids = spans.getFinishedSpans().map((span) => ({
      kind: span.kind,
      name: span.name,
      attributes: span.attributes,
      ...span.spanContext(),
    }))
    response.end(JSON.stringify({ points, spans: ids }))
  } else if (request.url === '/unanswered') {
    // never answered: the client closes the connection
  } else if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('data: [DONE]\n\n')
  } else {
    orders.add(1)
    tracer.startActiveSpan('order', (span) => {
      span.end()
      response.end('ordered')
    })
  }
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
