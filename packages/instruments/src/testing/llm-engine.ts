import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { listen } from './servers.ts'
import { streamVector } from './stream-vectors.ts'

/** A stream of chat completions with token counts. */
export const CHAT = streamVector('chat-usage').text

/** A response of the Responses API. */
export const RESPONSE = JSON.stringify({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm-1',
  output: [],
  usage: { input_tokens: 5, output_tokens: 7 },
})

/** How the engine answers, by the member `answer` of the request. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse, id: string) => void>> = {
  stream(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of CHAT.split(/(?<=\n\n)/)) response.write(event)
    response.end()
  },
  bytes(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const byte of Buffer.from(CHAT)) response.write(Uint8Array.of(byte))
    response.end()
  },
  gzip(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    response.end(gzipSync(CHAT))
  },
  json(response) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(RESPONSE)
  },
  'gzip json'(response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(gzipSync(RESPONSE))
  },
  'unknown coding'(response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'x-unknown' })
    response.end(RESPONSE)
  },
  embeddings(response) {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'list', data, model: 'm-1', usage: { prompt_tokens: 1 } }))
  },
  tool(response, id) {
    const output = [{ type: 'function_call', call_id: id, name: 'f', arguments: '{}' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'response', status: 'completed', model: 'm-1', output }))
  },
  limit(response) {
    response.writeHead(429, { 'content-type': 'application/json' }).end('{"error":{}}')
  },
  reject(response) {
    response.writeHead(400).end()
  },
  fail(response) {
    response.writeHead(503).end()
  },
  cut(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(CHAT.slice(0, CHAT.length / 2), () => response.destroy())
  },
  'cut json'(response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': RESPONSE.length })
    response.write(RESPONSE.slice(0, -1), () => response.destroy())
  },
  'failed json'(response) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...JSON.parse(RESPONSE), status: 'failed', error: { code: 'overloaded' } }))
  },
  'error json'(response) {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"error":{"code":"overloaded"}}')
  },
  'end early'(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(CHAT.slice(0, CHAT.indexOf('data: [DONE]')))
  },
  redirect(response) {
    response.writeHead(307, { location: '/v1/responses/' }).end()
  },
  reset(response) {
    response.socket?.resetAndDestroy()
  },
  hang() {},
  'hang in stream'(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(CHAT.slice(0, CHAT.indexOf('\n\n') + 2))
  },
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/v1/models') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"object":"list","data":[{"id":"listed-1"},{"id":"listed-2"}]}')
    return
  }
  const body = JSON.parse(await text(request)) as { readonly answer?: string; readonly id?: string }
  const isRedirected = request.url?.endsWith('/') === true
  ANSWERS[(isRedirected ? undefined : body.answer) ?? 'json']?.(response, body.id ?? '')
}

/** Starts an engine, which answers as its requests want. */
export function startEngine(): Promise<Server> {
  return listen((request, response) => void answer(request, response))
}
