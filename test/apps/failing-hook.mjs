// A server whose responses make a hook of telemetry throw.
import http from 'node:http'

const server = http.createServer((_request, response) => {
  response.getHeader = () => {
    throw new Error('no headers here')
  }
  response.end('ok')
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
