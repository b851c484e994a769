// Passes huge templates to setRoute and keeps a third of the requests open. /heap returns the growth of the heap.

import { createServer } from 'node:http'
import { observeMcpStartup, setRoute } from '@vr/otel'

const HUGE = 200_000

/** A text that shares no memory with another one. */
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
  // Half of the templates are slices, which keep the memory of the whole text.
  const text = Buffer.from(huge(n)).toString('latin1')
  setRoute(request, n % 2 === 0 ? text : text.slice(0, 200))
  observeMcpStartup(text, () => ['a tool'])
  if (n % 3 === 0) response.write('kept open')
  else response.end()
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
