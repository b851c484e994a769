/** Engine for tests that stop a process: sends the port of its server, and exits with its parent. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'

const server = http.createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4', 'Content-Length': 4 }).end('a 1\n')
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
