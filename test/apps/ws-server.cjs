// Servers of the npm package ws, which echo each message. PER_MESSAGE_DEFLATE has their option in JSON. With TLS_KEY and TLS_CERT
// they are servers over TLS.
const http = require('node:http')
const https = require('node:https')
const { WebSocketServer } = require('ws')

const perMessageDeflate = JSON.parse(process.env.PER_MESSAGE_DEFLATE)
const { TLS_KEY: key, TLS_CERT: cert } = process.env
const server = key === undefined ? http.createServer() : https.createServer({ key, cert })
const echo = (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
const chat = new WebSocketServer({ noServer: true, path: '/chat', perMessageDeflate }).on('connection', echo)
const any = new WebSocketServer({ noServer: true, perMessageDeflate }).on('connection', echo)
server.on('upgrade', (request, socket, head) => {
  const handler = request.url.startsWith('/any') ? any : chat
  handler.handleUpgrade(request, socket, head, (open) => handler.emit('connection', open))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
