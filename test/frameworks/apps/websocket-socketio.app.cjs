'use strict'
const { countConnection, countMessages, ready, runCommand } = require('./websocket-ledger.cjs')

/** socket.io, whose engine.io opens the WebSockets, with and without compression. */
module.exports = ({ http, Server }) => {
  const server = http.createServer((_request, response) => response.end())
  const endpoint = (path, route, options) => {
    const io = new Server(server, { path, transports: ['websocket'], pingInterval: 1e6, ...options })
    io.engine.on('connection', (connection) => countPackets(connection, route, io.engine.opts))
    io.on('connection', (socket) => {
      const ws = socket.conn.transport.socket
      const commands = {
        close: (code) => ws.close(code),
        terminate: () => ws.terminate(),
        ping: () => ws.ping('are you there?'),
      }
      socket.on('message', (data) => {
        if (typeof data !== 'string' || !runCommand(data, commands)) socket.emit('message', data)
      })
    })
  }
  endpoint('/socket.io/', '/socket.io/', {})
  endpoint('/deflate', '/deflate', { addTrailingSlash: false, perMessageDeflate: { threshold: 0 } })
  endpoint('/refused/', '/refused/', { allowRequest: (_request, accept) => accept('refused', false) })
  const answers = { '/401': '401 Unauthorized', '/none': '404 Not Found' }
  server.prependListener('upgrade', (request, socket) => {
    if (request.url === '/destroyed') socket.destroy()
    else if (request.url in answers)
      socket.end(`HTTP/1.1 ${answers[request.url]}\r\nConnection: close\r\n\r\n`)
  })
  server.listen(0, '127.0.0.1')
  ready(server)
}

/** Counts the packets of engine.io, each of which is a WebSocket message, and those that it sent before this call. */
function countPackets(connection, route, { pingInterval, pingTimeout, maxHttpBufferSize }) {
  const ws = connection.transport.socket
  ws.on(
    'close',
    countConnection(route, (code) => ws.close(code)),
  )
  const handshake = {
    sid: connection.id,
    upgrades: [],
    pingInterval,
    pingTimeout,
    maxPayload: maxHttpBufferSize,
  }
  const counted =
    (direction) =>
    ({ data = '' }) => {
      const type = typeof data === 'string' ? 1 : 0
      countMessages(direction, route, type + Buffer.byteLength(data))
    }
  counted('sent')({ data: JSON.stringify(handshake) })
  connection.on('packet', counted('received')).on('packetCreate', counted('sent'))
}
