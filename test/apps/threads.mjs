// A worker thread with two servers, and one without a server.
import { createServer } from 'node:http'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

if (isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: 'idle' })
  new Worker(new URL(import.meta.url), { workerData: 'serves' })
} else if (workerData === 'serves') {
  createServer().listen(0, '127.0.0.1')
  const server = createServer((_request, response) => response.end('ok'))
  server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
}
