// Uses the installed library inside requests that the copy of it in `@vr/otel` observes.
import { createServer } from 'node:http'
import { setRoute, setStreamOutcome } from '@vr/otel-instruments'

const server = createServer((request, response) => {
  setRoute(request, '/orders/{id}')
  if (request.url === '/orders/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    setStreamOutcome(response, 'upstream_error')
    response.end('data: [DONE]\n\n')
    return
  }
  response.end('{}')
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
