// Two servers with their own /metrics; each closes at /close. A third one listens after both have closed.

import { once } from 'node:events'
import { createServer } from 'node:http'

async function open(name) {
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close')
    if (request.url === '/close') server.close(() => console.log(`${name} closed`))
    response.end(`own of ${name}\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  console.log(`${name} at http://127.0.0.1:${server.address().port}`)
  return server
}

const first = await open('first')
const second = await open('second')
await once(first, 'close')
await once(second, 'close')
const third = await open('third')
await once(third, 'close')
