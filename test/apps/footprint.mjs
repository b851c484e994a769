// Prints what telemetry could change in a process: methods, listeners, timers, globals, variables.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const channels = require('node:diagnostics_channel')
const http = require('node:http')
const names = [
  'http.server.request.start',
  'http.server.response.finish',
  'tracing:net.server.listen:asyncEnd',
  'fastify.initialization',
  'tracing:express.router.request:start',
  'undici:request:create',
  'http.client.request.start',
]
console.log(
  JSON.stringify({
    ownEmit: Object.hasOwn(http.Server.prototype, 'emit'),
    responseMethods: [
      http.ServerResponse.prototype.writeHead,
      http.ServerResponse.prototype.write,
      http.ServerResponse.prototype.emit,
    ].map(String),
    subscribed: names.filter((name) => channels.hasSubscribers(name)),
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    timers: process.getActiveResourcesInfo(),
    globals: Reflect.ownKeys(globalThis)
      .filter((key) => /otel|opentelemetry/i.test(String(key)))
      .map(String),
    variables: Object.keys(process.env).filter((key) => key.startsWith('VR_OTEL_METRICS')),
  }),
)
