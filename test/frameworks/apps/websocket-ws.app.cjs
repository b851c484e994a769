'use strict'
const { ready, serveWs } = require('./websocket-ledger.cjs')

/** The package `ws` on `node:http`: servers with a path, and one without. */
module.exports = ({ http, WebSocketServer }) => {
  const server = http.createServer((_request, response) => response.end())
  const endpoint = (route, options) =>
    new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 }, ...options }).on(
      'connection',
      (ws) => serveWs(route, ws),
    )
  const withPath = (path, options) => endpoint(path, { path, ...options })
  const endpoints = {
    '/ws': withPath('/ws', { maxPendingAutoPongs: 0 }), // answers every ping, however many
    '/deflate': withPath('/deflate'),
    '/401': withPath('/401', { verifyClient: () => false }),
    '/no-path': endpoint('unmatched'),
  }
  server.on('upgrade', (request, socket, head) => {
    const chosen = endpoints[request.url.split('?')[0]]
    if (chosen === undefined && request.url === '/destroyed') socket.destroy()
    else if (chosen === undefined) socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
    else chosen.handleUpgrade(request, socket, head, (ws) => chosen.emit('connection', ws, request))
  })
  server.listen(0, '127.0.0.1')
  ready(server)
}
