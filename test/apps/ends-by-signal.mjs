// A server with signal listeners. At /health/compute it prints a line and never returns to its event loop.
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { later, servers } from './signal-listeners.mjs'

const server = createServer((request, response) => {
  for (const step of later.splice(0)) step()
  if (request.url === '/health/compute') {
    writeSync(1, 'computing\n')
    for (;;);
  }
  response.end('ok')
})
servers.push(server)
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
