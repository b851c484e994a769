// Makes every instrument of the catalog record once. Needs --expose-gc.
import { request as call, createServer } from 'node:http'
import { connect, Socket } from 'node:net'
import { observeMcpStartup, observeToolCall, recordToolCallRequested } from '@vr/otel'

const SSE = { 'content-type': 'text/event-stream' }

const server = createServer(async (request, response) => {
  if (request.url === '/stream') {
    response.writeHead(200, SSE).write('data: 1\n\n')
    response.end('data: 2\n\n')
  } else if (request.url === '/broken') {
    response.getHeader = () => {
      throw new Error('no headers here')
    }
    response.end()
  } else if (request.url === '/all') {
    await recordAll()
    response.end()
  } else response.writeHead(404).end()
})

async function recordAll() {
  recordToolCallRequested('function')
  await observeToolCall('function', async () => {
    throw new Error('failed')
  }).catch(() => {})
  await observeMcpStartup('files', async () => [])
  const { port } = server.address()
  for (const path of ['/stream', '/broken']) await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  await sendMalformedRequest(port)
  await openWebSocket(port)
  // More values of error.type than its bound allows.
  for (let n = 0; n < 100; n++) await failingCall(`ERROR_${n}`)
  globalThis.gc()
}

// A WebSocket with messages in both directions: the server starts a turn of an LLM session.
server.on('upgrade', (_request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  socket.once('data', () => {
    for (const type of ['created', 'output_text.delta', 'completed']) {
      const event = Buffer.from(`{"type":"response.${type}","response":{"id":"resp_1"}}`)
      socket.write(Buffer.concat([Uint8Array.of(0x81, event.length), event]))
    }
    socket.end()
  })
})

function openWebSocket(port) {
  const headers = 'host: gateway\r\nconnection: upgrade\r\nupgrade: websocket\r\n'
  const create = Buffer.from('{"type":"response.create"}')
  const frame = Buffer.concat([Uint8Array.of(0x81, 0x80 | create.length, 0, 0, 0, 0), create])
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').on('close', resolve)
    socket.once('data', () => socket.write(frame)).write(`GET /ws HTTP/1.1\r\n${headers}\r\n`)
  })
}

function sendMalformedRequest(port) {
  return new Promise((resolve) => {
    connect(port, '127.0.0.1').on('close', resolve).resume().end('malformed\r\n\r\n')
  })
}

function failingCall(code) {
  return new Promise((resolve) => {
    const createConnection = () => {
      const socket = new Socket()
      process.nextTick(() => socket.destroy(Object.assign(new Error(code), { code })))
      return socket
    }
    call({ host: 'upstream.example', createConnection }).on('error', resolve).end()
  })
}

server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
