// Reports the cost of the instrumentation of its process. The first argument is what to measure, the second one its parameter.
import { once } from 'node:events'
import { createServer } from 'node:http'

const [what, parameter] = process.argv.slice(2)
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const report = (value) => console.log(JSON.stringify(value))

function cpuMs(since) {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** What applications do with prom-client: the default metrics and a histogram. */
async function startPromClient() {
  const { collectDefaultMetrics, Histogram } = await import('prom-client')
  collectDefaultMetrics()
  new Histogram({ name: 'requests', help: 'Requests', labelNames: ['method', 'route', 'status'] })
}

async function measureIdle(seconds) {
  await sleep(3)
  const rss = process.memoryUsage.rss() / 2 ** 20
  const before = process.cpuUsage()
  await sleep(seconds)
  return { rss, idle: cpuMs(before) / seconds }
}

async function measureThreads(count) {
  const { Worker } = await import('node:worker_threads')
  const start = async () => once(new Worker(new URL('empty.mjs', import.meta.url)), 'exit')
  await start() // loads what the first thread of a process needs
  const before = process.cpuUsage()
  for (let thread = 0; thread < count; thread++) await start()
  return { threadCpu: cpuMs(before) / count }
}

if (process.env.BENCH_PROM_CLIENT === 'true') await startPromClient()
const server = createServer((_request, response) => response.end())
server.listen(0, '127.0.0.1', async () => {
  if (what === 'start') report({ cpu: cpuMs(), builtins: process.moduleLoadList.length })
  if (what === 'idle') report(await measureIdle(Number(parameter)))
  if (what === 'threads') report(await measureThreads(Number(parameter)))
  process.exit()
})
