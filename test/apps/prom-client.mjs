// An application whose metrics are those of prom-client or its successor, alone or in WORKERS workers that share a port.
import cluster from 'node:cluster'
import { createServer } from 'node:http'

const count = Number(process.env.WORKERS ?? 0)
if (count > 0 && cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (_worker, { port }) => {
    listening += 1
    if (listening === count) console.log(`listening on http://127.0.0.1:${port}`)
  })
  for (let n = 0; n < count; n++) cluster.fork()
} else {
  const { default: client } = await import(process.env.CLIENT)
  const id = cluster.worker?.id ?? 1
  new client.Counter({ name: 'jobs_total', help: 'Jobs, "done".', labelNames: ['queue'] }).inc(
    { queue: 'mail' },
    id,
  )
  new client.Gauge({ name: 'newest', help: 'Newest.', aggregator: 'max' }).set(id)
  new client.Gauge({ name: 'private', help: 'Of one worker.', aggregator: 'omit' }).set(id)
  new client.Histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [1] }).observe(id)
  new client.Counter({ name: 'vllm_responses_http_requests_total', help: 'A name of another library.' }).inc(
    1000,
  )
  const server = createServer((_request, response) => response.end())
  server.listen(0, '127.0.0.1', () => {
    if (count === 0) console.log(`listening on http://127.0.0.1:${server.address().port}`)
  })
}
