import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Clock } from './known-exchange.ts'

const QUESTION = { role: 'user', content: 'Hello' }
const CALL = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }

const USAGE = {
  prompt_tokens: 211,
  completion_tokens: 103,
  prompt_tokens_details: { cached_tokens: 53, cache_write_tokens: 29 },
  completion_tokens_details: { reasoning_tokens: 17 },
}

/**
 * Runs an agent loop with three calls: the answer requests a tool, which takes 1009 ms; a stream with usage, which is sent on
 * 13 ms after its first chunk; and a stream without usage.
 */
export async function runAgentLoop(engineUrl: string, clock: Clock, response: ServerResponse): Promise<void> {
  clock.advance(11)
  await (await call(engineUrl, { messages: [QUESTION] })).resume().toArray()
  clock.advance(1009)
  const messages = [
    QUESTION,
    { role: 'assistant', tool_calls: [CALL] },
    { role: 'tool', tool_call_id: CALL.id },
  ]
  const stream = await call(engineUrl, { messages, stream: true, stream_options: { include_usage: true } })
  for await (const chunk of stream) {
    clock.advance(13)
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk)
  }
  await (await call(engineUrl, { messages, stream: true })).resume().toArray()
  response.end()
}

async function call(engineUrl: string, body: object): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json' }
  const request = http.request(`${engineUrl}/v1/chat/completions`, { method: 'POST', agent: false, headers })
  request.end(JSON.stringify({ model: 'small', ...body }))
  return (await once(request, 'response'))[0]
}

/** Answers the calls of {@link runAgentLoop} after 1201 ms, as an engine. */
export async function answerChat(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  const { stream, stream_options: options } = (await json(request)) as Record<string, unknown>
  clock.advance(1201)
  if (stream === undefined) {
    const choices = [{ index: 0, message: { tool_calls: [CALL] }, finish_reason: 'tool_calls' }]
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'chat.completion', model: 'small', choices, usage: USAGE }))
    return
  }
  const head = { object: 'chat.completion.chunk', model: 'small' }
  const chunks = [
    { ...head, choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: 'stop' }] },
    ...(options === undefined ? [] : [{ ...head, choices: [], usage: USAGE }]),
  ]
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
  response.end(events.map((data) => `data: ${data}\n\n`).join(''))
}
