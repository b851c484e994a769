// A server without telemetry code. It exits after a request for `/end`.
const { createServer } = require('node:http')

const server = createServer((request, response) => {
  if (request.url === '/sse') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
    setImmediate(() => response.end('data: [DONE]\n\n'))
  } else if (request.url === '/fail') {
    response.writeHead(500)
    response.end('no')
  } else if (request.url === '/end') {
    response.end('bye')
    server.close()
    server.closeIdleConnections()
  } else response.end(`${request.method} ${request.url}\n`)
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
