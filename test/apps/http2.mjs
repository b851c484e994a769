// A server of HTTP/2 that tells its trace.

import { createServer } from 'node:http2'
import { trace } from '@opentelemetry/api'
import { setRoute } from '@vr/otel'

const server = createServer((request, response) => {
  setRoute(request, '/v1/:thing')
  response.end(JSON.stringify(trace.getActiveSpan()?.spanContext()))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
