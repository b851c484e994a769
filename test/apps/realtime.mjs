// A gateway with sessions of `realtime-session.mjs`. PER_MESSAGE_DEFLATE has the option of `ws` in JSON.
import http from 'node:http'
import { WebSocketServer } from 'ws'
import { serveSession } from './realtime-session.mjs'

const { PER_MESSAGE_DEFLATE = 'false' } = process.env
const server = http.createServer((_request, response) => response.end('ok'))
const perMessageDeflate = JSON.parse(PER_MESSAGE_DEFLATE)
new WebSocketServer({ server, path: '/v1/realtime', perMessageDeflate }).on('connection', serveSession)
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
