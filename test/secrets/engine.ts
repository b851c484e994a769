import http, { type ServerResponse } from 'node:http'
import { ARGUMENT, KEY, OUTPUT, PROMPT } from './planted.ts'

const call = { name: 'get_weather', arguments: JSON.stringify({ city: ARGUMENT }) }

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/v1/responses': (response) => {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', status: 'completed', ...call }
    const completed = { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [item] }
    const events = [
      { type: 'response.created', response: { ...completed, status: 'in_progress', instructions: PROMPT } },
      { type: 'response.output_text.delta', delta: OUTPUT },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: completed },
    ]
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
  },
  '/v1/chat/completions': (response) => {
    const message = {
      role: 'assistant',
      content: OUTPUT,
      tool_calls: [{ id: 'c', type: 'function', function: call }],
    }
    const choices = [{ index: 0, message, finish_reason: 'tool_calls' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'chat.completion', model: 'm', choices }))
  },
  '/v1/messages': (response) => {
    const error = { type: 'authentication_error', message: `invalid key ${KEY}` }
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end(JSON.stringify({ type: 'error', error }))
  },
  '/v1/completions': (response) => {
    const error = { message: `the prompt ${PROMPT} is not allowed for ${KEY}`, type: 'invalid_request_error' }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${JSON.stringify({ error })}\n\ndata: [DONE]\n\n`)
  },
  '/mcp': (response) => void response.writeHead(401).end(`{"error":"invalid ${KEY}"}`),
}

/** An engine, and an MCP server, whose answers and errors contain the planted texts. */
export const engine = http.createServer((request, response) => {
  const { pathname } = new URL(request.url as string, 'http://engine')
  const answer = ANSWERS[pathname] ?? ((response: ServerResponse) => response.writeHead(404).end())
  request.resume().on('end', () => answer(response))
})
