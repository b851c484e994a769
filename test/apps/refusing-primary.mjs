// A primary without telemetry that claims to aggregate, and a worker with it. REFUSES: JSON of its answer to the worker's first
// message; unset: it never answers.
import cluster from 'node:cluster'
import { createServer } from 'node:http'

if (cluster.isPrimary) {
  process.env.VR_OTEL_PARENT_PID = String(process.pid)
  cluster.setupPrimary({ execArgv: ['--import', '@vr/otel/register'] })
  const worker = cluster.fork()
  worker.process.on('internalMessage', ({ cmd }) => {
    if (cmd !== 'NODE_VR_OTEL' || process.env.REFUSES === undefined) return
    worker.send({ cmd, text: process.env.REFUSES })
  })
  cluster.on('listening', (_worker, { port }) => console.log(`listening on http://127.0.0.1:${port}`))
} else createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
