// Sends itself a request, receives a signal in a blocking call, and shuts telemetry down in that turn.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { startOtel } from '@vr/otel'

const telemetry = startOtel()
const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
await once(server, 'listening')
await (await fetch(`http://127.0.0.1:${server.address().port}`)).text()
// After two turns the span of the request has ended.
await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
execFileSync('kill', [`-${process.env.SIGNAL}`, String(process.pid)])
await telemetry.shutdown()
server.close()
server.closeAllConnections()
