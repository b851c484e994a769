// Starts telemetry while it runs and while it stops, stops it twice, and prints the results.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { startOtel } from '@vr/otel'

const server = createServer((_request, response) => response.end('ok'))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
const request = async () => (await fetch(url, { headers: { connection: 'close' } })).text()
const metrics = async () => {
  const text = await (await fetch(`http://127.0.0.1:${process.env.VR_METRICS_PORT}/metrics`)).text()
  return Number(/^vllm_responses_http_requests_total.* (\d+)$/m.exec(text)?.[1] ?? 0)
}

const first = startOtel()
const again = startOtel()
await request()
const stopping = first.shutdown()
const stoppingAgain = first.shutdown()
const second = startOtel() // while the first one still exports
await request()
await request()
let settled = 0
for (const promise of [stopping, stoppingAgain]) promise.then(() => settled++)
const settledBefore = settled
await Promise.all([stopping, stoppingAgain])
await first.shutdown() // has ended already: must not end the second one
await first.forceFlush()
await request()
const counted = await metrics()
console.log(
  JSON.stringify({
    isSame: first === again,
    isNew: second !== first,
    isStillRunning: startOtel() === second,
    settled: [settledBefore, settled],
    counted,
  }),
)
await second.shutdown()
await second.shutdown()
const third = startOtel()
await request()
console.log(JSON.stringify({ isNew: third !== second, counted: await metrics() }))
await third.shutdown()
server.close()
