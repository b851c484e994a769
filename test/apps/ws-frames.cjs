// Servers of the npm package ws, by path, which echo each message, and whose sockets are used in unusual ways.
const http = require('node:http')
const net = require('node:net')
const { WebSocket, WebSocketServer } = require('ws')

/** A text frame of five bytes of payload. */
const FRAME = Buffer.from('\x81\x05hello', 'latin1')

class Greeting extends WebSocket {
  emit(event, ...args) {
    if (event === 'open') this.send('hello')
    return super.emit(event, ...args)
  }
}

/** Replaces methods by functions that call them. */
function wrap(socket) {
  for (const name of ['push', 'write', 'end', 'emit']) {
    const original = socket[name]
    socket[name] = function (...args) {
      return original.apply(this, args)
    }
  }
}

/** What is done with the WebSocket and its socket, by path. */
const CONNECTIONS = {
  '/echo': () => {},
  '/open': () => {},
  '/early': () => {},
  '/wrapped-before': () => {},
  '/wrapped-after': (_open, socket) => wrap(socket),
  '/direct': (open, socket) => open.on('message', () => socket.write(FRAME)),
  '/end-with-frame': (open, socket) => open.on('message', () => socket.end(FRAME)),
  '/end-first': (_open, socket) => socket.end(),
  '/prototype': (open, socket) => open.on('message', () => net.Socket.prototype.destroy.call(socket)),
  '/idle': (open, socket) => socket.setTimeout(1, () => open.terminate()),
  '/active': (open, socket) => {
    open.on('message', (data) => {
      if (String(data) === 'terminate') return open.terminate()
      if (String(data) !== 'wait') return
      socket.setTimeout(1, () => {
        socket.setTimeout(0)
        open.send('idle')
      })
    })
  },
}

/** Calls `then` when all frames that a client sends with its handshake have arrived. */
function whenArrived(length, socket, head, then) {
  if (head.length + socket.readableLength === length) then()
  else setImmediate(whenArrived, length, socket, head, then)
}

const servers = new Map(
  Object.entries(CONNECTIONS).map(([path, onConnection]) => {
    const server = new WebSocketServer({
      noServer: true,
      path,
      WebSocket: path === '/open' ? Greeting : WebSocket,
    })
    server.on('connection', (open, socket) => {
      open.on('message', (data, isBinary) => open.send(data, { binary: isBinary }))
      onConnection(open, socket)
    })
    return [path, server]
  }),
)

const server = http.createServer().on('upgrade', (request, socket, head) => {
  const { url, headers } = request
  const handle = () =>
    servers
      .get(url)
      .handleUpgrade(request, socket, head, (open) => servers.get(url).emit('connection', open, socket))
  if (url === '/wrapped-before') wrap(socket)
  if (url === '/early') whenArrived(Number(headers['x-frames']), socket, head, handle)
  else handle()
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
