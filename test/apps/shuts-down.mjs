// Serves itself a request, gets a signal while it computes, and ends telemetry in that turn.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { startOtel } from '@vr/otel'

const telemetry = startOtel()
const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
await once(server, 'listening')
await (await fetch(`http://127.0.0.1:${server.address().port}`)).text()
// The span of the request is made, and the turn after the first request has passed.
await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
execFileSync('kill', [`-${process.env.SIGNAL}`, String(process.pid)])
await telemetry.shutdown()
server.close()
server.closeAllConnections()
