// Answers with the request headers. /fails: status 503; /hang: no response; /cut: half a body, then a closed connection;
// /endless: a body that does not end.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  if (request.url === '/hang') return
  if (request.url === '/cut') {
    response.writeHead(200, { 'content-length': 2 }).write('1')
    setImmediate(() => request.socket.destroy())
    return
  }
  if (request.url === '/endless') {
    response.write('1')
    return
  }
  if (request.url === '/fails') response.statusCode = 503
  response.end(JSON.stringify(request.headers))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
