// Handles SIGTERM and continues to run until the next one. `/not-ready` and `/is-ready` set a state.
import { createServer } from 'node:http'
import { setReady } from '@vr/otel'

const server = createServer((request, response) => {
  if (request.url === '/not-ready') setReady('database', false, 'connecting')
  if (request.url === '/is-ready') setReady('database', true)
  response.end('ok')
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
process.once('SIGTERM', () => console.log('received SIGTERM'))
