// A server that blocks its event loop at /block and collects garbage at /collect. At /collections it returns how many major
// garbage collections it has observed itself.
import { createServer } from 'node:http'
import { constants, PerformanceObserver } from 'node:perf_hooks'

let majorCollections = 0
new PerformanceObserver((list) => {
  majorCollections += list
    .getEntries()
    .filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length
}).observe({ type: 'gc' })

const server = createServer((request, response) => {
  if (request.url === '/block') {
    const end = performance.now() + 400
    while (performance.now() < end);
  }
  if (request.url === '/collect') globalThis.gc()
  response.end(request.url === '/collections' ? `${majorCollections}` : '')
})
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
