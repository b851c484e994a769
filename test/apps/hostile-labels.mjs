// Creates a route, an error code and a server address from the path of each request.

import { request as call, createServer } from 'node:http'
import { Socket } from 'node:net'
import { setRoute } from '@vr/otel'

/** A call that fails with an error code of the application. */
function failingCall(host, code) {
  return new Promise((resolve) => {
    const createConnection = () => {
      const socket = new Socket()
      process.nextTick(() => socket.destroy(Object.assign(new Error(code), { code })))
      return socket
    }
    call({ host, port: 80, createConnection }).on('error', resolve).end()
  })
}

const server = createServer(async (request, response) => {
  const n = Number(request.url.slice(1))
  setRoute(request, `/made/${n}${'/long'.repeat(100)}`)
  await failingCall(`host-${n}.example`, `APPLICATION_${n}`)
  response.end()
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
