// Three cluster workers with gauges of their own. They do not answer /hold; the worker that receives /die is killed.
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { metrics } from '@opentelemetry/api'

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (_worker, { port }) => {
    if (++listening === 3) console.log(`listening on http://127.0.0.1:${port}`)
  })
  for (let n = 1; n <= 3; n++) cluster.fork({ NUMBER: String(n) })
} else {
  const number = Number(process.env.NUMBER)
  const meter = metrics.getMeter('shop')
  for (const rule of ['sum', 'max', 'min', 'mean', 'by.default']) {
    meter.createGauge(`level.${rule}`).record(number ** 2)
  }
  meter.createUpDownCounter('open').add(number)
  meter.createObservableGauge('observed.max').addCallback((result) => result.observe(number * 10))
  let held = 0
  createServer((request, response) => {
    if (request.url === '/hold') {
      held++
      console.log('held')
    } else if (request.url === '/die') {
      process.stdout.write(`holds ${held}\n`, () => process.kill(process.pid, 'SIGKILL'))
    } else response.end('ok')
  }).listen(0, '127.0.0.1')
}
