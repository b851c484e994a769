// Makes every instrument of the catalog record once. Needs --expose-gc.
import { request as call, createServer } from 'node:http'
import { connect, Socket } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { observeMcpStartup, observeToolCall, recordToolCallRequested } from '@vr/otel'

const SSE = { 'content-type': 'text/event-stream' }

const JSON_TYPE = { 'content-type': 'application/json' }
const MODEL = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'm' }
const USAGE = {
  prompt_tokens: 5,
  completion_tokens: 3,
  prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 1 },
}

const chunk = (part) => `data: ${JSON.stringify({ ...MODEL, ...part })}\n\n`

function engineCall(path, body) {
  const text = JSON.stringify({ model: 'm', messages: [], ...body })
  const url = `http://127.0.0.1:${server.address().port}/v1/${path}`
  return fetch(url, { method: 'POST', headers: JSON_TYPE, body: text })
}

const server = createServer(async (request, response) => {
  if (request.url === '/stream') {
    response.writeHead(200, SSE).write('data: 1\n\n')
    response.end('data: 2\n\n')
  } else if (request.url === '/broken') {
    response.getHeader = () => {
      throw new Error('no headers here')
    }
    response.end()
  } else if (request.url === '/v1/embeddings') {
    response
      .writeHead(200, JSON_TYPE)
      .end(JSON.stringify({ object: 'list', data: [{ embedding: [1] }], model: 'm', usage: USAGE }))
  } else if (request.url === '/v1/chat/completions') {
    response.writeHead(200, SSE)
    for (const content of ['a', 'b']) response.write(chunk({ choices: [{ index: 0, delta: { content } }] }))
    const text = Buffer.concat(await request.toArray()).toString()
    if (JSON.parse(text).stream_options?.include_usage) response.write(chunk({ choices: [], usage: USAGE }))
    response.end('data: [DONE]\n\n')
  } else if (request.url === '/gateway') {
    const answer = await engineCall('chat/completions', { stream: true })
    response.writeHead(200, SSE).end(await answer.text())
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
  await (await fetch(`http://127.0.0.1:${port}/gateway`)).text()
  await (
    await engineCall('chat/completions', { stream: true, stream_options: { include_usage: true } })
  ).text()
  await (await engineCall('embeddings', { input: 'text' })).text()
  await mcpSession()
  await sendMalformedRequest(port)
  await openWebSocket(port)
  // More values of error.type than its bound allows.
  for (let n = 0; n < 100; n++) await failingCall(`ERROR_${n}`)
  globalThis.gc()
}

// A client and a server of MCP in this process.
async function mcpSession() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'client', version: '1' })
  const mcp = new McpServer({ name: 'server', version: '1' })
  mcp.registerTool('now', {}, () => ({ content: [] }))
  await Promise.all([mcp.connect(serverSide), client.connect(clientSide)])
  clientSide.sessionId = serverSide.sessionId = 'session' // sessions have a duration if they have an id
  await client.callTool({ name: (await client.listTools()).tools[0].name })
  await client.close()
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
