// A server of WebSockets that answers each path as a scenario of the recorded server of vLLM.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const refusals = {
  '/refused': '403 Forbidden',
  '/fails': '500 Internal Server Error',
  '/unknown': '404 Not Found',
}
const webSockets = new WebSocketServer({ noServer: true })
const onOpen = {
  '/echo': (socket) => socket.on('message', (data) => socket.send(data)),
  '/raises': (socket) => socket.terminate(),
  '/closes': (socket) => socket.close(4001),
}

const server = createServer((_request, response) => response.end())
server.on('upgrade', (request, socket, head) => {
  const refusal = refusals[request.url]
  if (refusal !== undefined) socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`)
  else webSockets.handleUpgrade(request, socket, head, onOpen[request.url])
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
