// A cluster whose workers share a port. The first argument of a command of its parent is the id of a worker, or 0 for the primary.
//
// WORKERS: their number. WORKER_1, WORKER_2, …: JSON of additional variables of one. EXEC_ARGV: JSON of their Node options. With
// IN_CODE=true, all processes start telemetry from code.
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { metrics } from '@opentelemetry/api'

const otel = process.env.IN_CODE === 'true' ? (await import('@vr/otel')).startOtel() : undefined

const { getMetricsSnapshot, metricsSnapshotHandler, setReady } = await import('@vr/otel')

const json = (text) => (text === undefined ? undefined : JSON.parse(text))

function runPrimary() {
  const execArgv = json(process.env.EXEC_ARGV)
  if (execArgv !== undefined) cluster.setupPrimary({ execArgv })
  let forked = 0
  const fork = () => cluster.fork(json(process.env[`WORKER_${++forked}`]))
  let listening = 0
  const count = Number(process.env.WORKERS ?? 2)
  cluster.on('listening', ({ id }, { port }) => {
    listening += 1
    if (listening === count) console.log(`listening on http://127.0.0.1:${port}`)
    if (listening > count) console.log(`worker ${id} listens`)
  })
  cluster.on('exit', ({ id }, code, signal) => {
    console.log(`worker ${id} ended with ${signal ?? code}`)
  })
  const commands = {
    fork,
    block: (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    shutdown: () => otel.shutdown().then(() => console.log('the primary has shut down')),
    disconnect: (id) => cluster.workers[id].disconnect(),
    snapshot: async (prefix) => {
      console.log(`snapshot ${JSON.stringify(await getMetricsSnapshot({ prefixes: [prefix] }))}`)
    },
    signal: (id, signal) => cluster.workers[id].process.kill(signal),
    pid: (id) => console.log(`worker ${id} has pid ${cluster.workers[id].process.pid}`),
  }
  process.on('message', ([id, name, ...args]) => {
    if (id === 0) commands[name](...args)
    else cluster.workers[id].send([name, ...args])
  })
  for (let n = 0; n < count; n++) fork()
}

function runWorker() {
  const { id } = cluster.worker
  const jobs = metrics.getMeter('shop').createCounter('jobs')
  const depth = metrics.getMeter('shop').createUpDownCounter('queue.depth')
  const commands = {
    count: (n) => jobs.add(n),
    setReady,
    continueAfterSigterm: () => {
      process.on('SIGTERM', () => console.log(`worker ${id} drains`))
      console.log(`worker ${id} handles SIGTERM`)
    },
    depth: (n) => depth.add(n),
    countAndExit: (n, code) => {
      jobs.add(n)
      process.exit(code)
    },
    countAndThrow: (n) => {
      jobs.add(n)
      throw new Error('thrown by the application')
    },
    countAndKill: (n, signal) => {
      jobs.add(n)
      process.kill(process.pid, signal)
    },
    countAndDisconnect: (n) => {
      jobs.add(n)
      cluster.worker.disconnect()
    },
    countFlushAndKill: async (n) => {
      jobs.add(n)
      await otel.forceFlush()
      process.kill(process.pid, 'SIGKILL')
    },
    countAndRestart: async (n, more) => {
      jobs.add(n)
      depth.add(n)
      await otel.shutdown()
      const { startOtel } = await import('@vr/otel')
      const { meterProvider, forceFlush } = startOtel()
      meterProvider.getMeter('shop').createCounter('jobs').add(more)
      await forceFlush()
      console.log(`worker ${id} has restarted`)
    },
    countAndShutdown: async (n) => {
      jobs.add(n)
      await otel.shutdown()
      console.log(`worker ${id} has shut down`)
    },
    countInExitListener: (n) => {
      process.on('exit', () => jobs.add(n))
      process.exit(0)
    },
  }
  process.on('message', ([name, ...args]) => commands[name](...args))
  const server = createServer((request, response) => {
    response.setHeader('x-worker', id)
    if (request.url === '/exit-in-callback') response.end('bye', () => process.exit(0))
    else if (request.url === '/exit-at-once') process.exit(response.end('bye').writableEnded ? 0 : 1)
    else if (request.url === '/exit-at-finish') response.on('finish', () => process.exit(0)).end('bye')
    else if (request.url.startsWith('/snapshot')) metricsSnapshotHandler(request, response)
    else response.end(`${id}`)
  })
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
}

if (cluster.isPrimary) runPrimary()
else runWorker()
