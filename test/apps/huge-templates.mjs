// Gives huge templates to setRoute, keeps requests open, and answers how much memory that holds.

import { createServer } from 'node:http'
import { observeMcpStartup, setRoute } from '@vr/otel'

const HUGE = 200_000

/** A text of which no other text shares a part, and a part of it, which shares its memory. */
function huge(n) {
  return `/${n}/${'x'.repeat(HUGE)}/${n}`
}

function heapUsed() {
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

const before = heapUsed()
const server = createServer((request, response) => {
  if (request.url === '/heap') return response.end(`${heapUsed() - before}`)
  const n = Number(request.url.slice(1))
  const text = Buffer.from(huge(n)).toString('latin1')
  setRoute(request, n % 2 === 0 ? text : text.slice(0, 200))
  observeMcpStartup(text, () => ['a tool'])
  if (n % 3 === 0) response.write('kept open')
  else response.end()
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
