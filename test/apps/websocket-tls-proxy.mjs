// A proxy of WebSockets over TLS to an engine that resets its connection when it receives a message. The path selects how the proxy
// passes the error on: `/pipeline` by `stream.pipeline`, `/destroy` by `destroy(error)`.
import https from 'node:https'
import net from 'node:net'
import { pipeline } from 'node:stream'

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

const engine = net.createServer((connection) => {
  connection.on('error', () => {}).once('data', () => connection.resetAndDestroy())
})
engine.listen(0, '127.0.0.1')
const server = https.createServer({ key: process.env.TLS_KEY, cert: process.env.TLS_CERT })
server.on('upgrade', (request, socket) => {
  const upstream = net.connect(engine.address().port, '127.0.0.1').on('error', () => {})
  socket.on('error', () => {})
  socket.write(SWITCHING)
  socket.pipe(upstream)
  if (request.url === '/pipeline') pipeline(upstream, socket, () => {})
  else upstream.on('error', (error) => socket.destroy(error))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
