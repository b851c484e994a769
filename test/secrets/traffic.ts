import { on, once } from 'node:events'
import WebSocket from 'ws'
import { ARGUMENT, KEY, PROMPT, RESULT } from './planted.ts'

const SECRET_HEADERS = {
  authorization: `Bearer ${KEY}`,
  'x-api-key': KEY,
  'api-key': KEY,
  cookie: `session=${KEY}`,
}

/** Sends prompts, results of tools and keys to every API of the engine. */
export async function callEngine(url: string): Promise<void> {
  const output = { type: 'function_call_output', call_id: 'call_0', output: RESULT }
  const BODIES = {
    responses: {
      model: 'm',
      stream: true,
      instructions: PROMPT,
      input: [{ role: 'user', content: PROMPT }, output],
    },
    'chat/completions': { model: 'm', messages: [{ role: 'user', content: PROMPT }] },
    messages: { model: 'm', max_tokens: 9, system: PROMPT, messages: [{ role: 'user', content: PROMPT }] },
    completions: { model: 'm', stream: true, prompt: PROMPT, user: KEY },
  }
  for (const [path, body] of Object.entries(BODIES)) {
    const answer = await fetch(`${url}/v1/${path}?api_key=${KEY}&token=${KEY}`, {
      method: 'POST',
      headers: { ...SECRET_HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await answer.text()
  }
}

/** Starts two sessions; the gateway calls the engine for each response. */
export async function converse(url: string): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/realtime?api_key=${KEY}`, {
    headers: SECRET_HEADERS,
  })
  await untilMessage(socket, 'session.created')
  for (const answer of ['tools', 'failed']) {
    socket.send(
      JSON.stringify({ type: 'response.create', response: { instructions: PROMPT, metadata: { answer } } }),
    )
    await untilMessage(socket, 'response.done')
  }
  socket.close()
  await once(socket, 'close')
}

/** Makes the example gateway run a function and a tool of an MCP server, which succeed and fail. */
export async function runTools(url: string): Promise<void> {
  const requests = [
    [`call get_weather {"city":"${ARGUMENT}"}`, { type: 'function', name: 'get_weather' }],
    [`call convert {"amount":10,"currency":"${ARGUMENT}"}`, { type: 'mcp', server_label: 'exchange' }],
    [`${PROMPT} fail event`, { type: 'function', name: 'get_weather' }],
  ] as const
  for (const [input, tool] of requests) {
    const answer = await fetch(`${url}/v1/responses?key=${KEY}`, {
      method: 'POST',
      headers: { ...SECRET_HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify({ input, tools: [tool], stream: true }),
    })
    await answer.text()
  }
}

async function untilMessage(socket: WebSocket, type: string): Promise<void> {
  for await (const [message] of on(socket, 'message')) if (String(message).includes(type)) return
}
