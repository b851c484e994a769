// A server with fake timers, as in tests of applications. /timers returns the number of fake timers and the stacks of calls
// from telemetry.

import http from 'node:http'
import FakeTimers from '@sinonjs/fake-timers'

const clock = FakeTimers.install({ toNotFake: ['nextTick', 'queueMicrotask'] }) // Node itself needs these
/** The stacks of all calls of a timer function from telemetry. */
const callers = []
for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
  const fake = globalThis[name]
  globalThis[name] = (...args) => {
    const { stack } = new Error(name)
    if (/[\\/](packages|@opentelemetry)[\\/]/.test(stack)) callers.push(stack)
    return fake(...args)
  }
}

const ANSWERS = {
  '/timers': (_request, response) => response.end(JSON.stringify({ count: clock.countTimers(), callers })),
  '/call': (_request, response) =>
    http.get(process.env.UPSTREAM_URL, { agent: false }, (answer) => answer.pipe(response)),
  '/stream': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
    response.end('data: [DONE]\n\n')
  },
}
const server = http.createServer((request, response) => ANSWERS[request.url](request, response))
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
