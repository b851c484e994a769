// Blocks its event loop, and collects its garbage, when asked to.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  if (request.url === '/block') {
    const end = performance.now() + 400
    while (performance.now() < end);
  }
  if (request.url === '/collect') globalThis.gc()
  response.end()
})
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
