/**
 * Runs the gateway in several processes that share its port (`node:cluster`), and replaces a process that ends. It contains no
 * telemetry code: each process answers a scrape with the metrics of all.
 *
 *     WORKERS=4 ENGINE_URL=http://127.0.0.1:8000 node --import @vr/otel/register src/gateway-cluster.ts
 *
 * - `WORKERS`: number of processes, default 2.
 * - The variables of `gateway.ts`.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onShutdown } from './lifecycle.ts'

const count = Number(process.env['WORKERS'] ?? 2)
const listening = new Set<Worker>()
let isStopping = false

cluster.setupPrimary({
  exec: fileURLToPath(new URL('gateway.ts', import.meta.url)),
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
})

cluster.on('listening', (worker, { port }) => {
  if (listening.add(worker).size !== count) return
  const pids = [...listening].map(({ process: { pid } }) => pid)
  console.log(`gateway listening on http://127.0.0.1:${port} with the workers ${pids.join(', ')}`)
})

cluster.on('exit', (worker, code, signal) => {
  if (isStopping) return
  if (listening.delete(worker)) {
    console.error(`worker ${worker.process.pid} ended (${signal ?? `code ${code}`}); starting another one`)
    cluster.fork()
  } else {
    console.error(`worker ${worker.process.pid} did not start (${signal ?? `code ${code}`})`)
    process.exitCode = 1
    void stop()
  }
})

onShutdown(stop)

async function stop(): Promise<void> {
  isStopping = true
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
  await Promise.all(
    workers.map((worker) => {
      const exit = once(worker, 'exit')
      worker.process.kill('SIGTERM')
      return exit
    }),
  )
}

for (let n = 0; n < count; n++) cluster.fork()
