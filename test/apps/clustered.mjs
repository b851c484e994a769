// Two cluster workers that share a port; ends at SIGTERM. NODE_OPTIONS_OF_WORKERS: their NODE_OPTIONS.
import cluster from 'node:cluster'
import { createServer } from 'node:http'

if (cluster.isPrimary) {
  for (let n = 0; n < 2; n++) cluster.fork({ NODE_OPTIONS: process.env.NODE_OPTIONS_OF_WORKERS ?? '' })
  let listening = 0
  cluster.on('listening', (_worker, { port }) => {
    console.log(`port ${port}`)
    if (++listening === 2) console.log(`listening on http://127.0.0.1:${port}`)
  })
  process.once('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.kill()
    process.exit(0)
  })
} else {
  createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT ?? 0), '127.0.0.1')
}
