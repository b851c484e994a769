/** Sends one request with the `openai` client and checks the answer. */
import type OpenAI from 'openai'
import { APIError } from 'openai'
import type { PlannedRequest } from './traffic-mix.ts'

const MODEL = 'demo-model'

const TOOLS: Readonly<Record<'function' | 'mcp', OpenAI.Responses.Tool>> = {
  function: {
    type: 'function',
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: false,
  },
  mcp: { type: 'mcp', server_label: 'exchange', require_approval: 'never' },
}

/**
 * Sends a request. Resolves when the client has completed it.
 *
 * @throws Error if the answer is not as planned
 */
export async function sendRequest(client: OpenAI, request: PlannedRequest): Promise<void> {
  switch (request.type) {
    case 'json':
      return expectText(await textOfJson(client, request), request)
    case 'stream':
      return expectText(await textOfStream(client, request), request)
    case 'aborted stream':
      return abortStream(client, request)
    case 'failed stream':
      return expectFailure(textOfStream(client, request), request)
    case 'not found':
      return expectStatus(client.responses.retrieve('resp_unknown'), 404)
    case 'unmatched':
      return expectStatus(client.get('/unknown/path'), 404)
    case 'failing':
      return expectStatus(textOfJson(client, request), 502)
  }
}

async function textOfJson(client: OpenAI, request: PlannedRequest): Promise<string> {
  if (request.api === 'responses') return (await client.responses.create(responseBody(request))).output_text
  const completion = await client.chat.completions.create(chatBody(request))
  return completion.choices[0]?.message.content ?? ''
}

async function textOfStream(client: OpenAI, request: PlannedRequest): Promise<string> {
  let text = ''
  if (request.api === 'responses') {
    for await (const event of await client.responses.create({ ...responseBody(request), stream: true })) {
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'error') throw new Error(event.message)
    }
  } else {
    for await (const chunk of await client.chat.completions.create({ ...chatBody(request), stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
    }
  }
  return text
}

/** Aborts a stream after its first event. */
async function abortStream(client: OpenAI, request: PlannedRequest): Promise<void> {
  const stream =
    request.api === 'responses'
      ? await client.responses.create({ ...responseBody(request), stream: true })
      : await client.chat.completions.create({ ...chatBody(request), stream: true })
  for await (const _event of stream) break
  stream.controller.abort()
}

function responseBody(request: PlannedRequest): OpenAI.Responses.ResponseCreateParamsNonStreaming {
  return {
    model: MODEL,
    input: request.prompt,
    tools: request.tool === undefined ? [] : [TOOLS[request.tool]],
  }
}

function chatBody(request: PlannedRequest): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return { model: MODEL, messages: [{ role: 'user', content: request.prompt }] }
}

function expectText(text: string, request: PlannedRequest): void {
  const start = request.tool === undefined ? 'You said: ' : 'The tool says: '
  if (!text.startsWith(start)) throw new Error(`${request.type}: expected "${start}…", got "${text}"`)
}

async function expectFailure(stream: Promise<string>, request: PlannedRequest): Promise<void> {
  const outcome = await stream.then(
    (text) => `got "${text}"`,
    () => undefined,
  )
  if (outcome !== undefined) throw new Error(`${request.type}: expected an error in the stream, ${outcome}`)
}

async function expectStatus(answered: Promise<unknown>, status: number): Promise<void> {
  const error = await answered.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof APIError && error.status === status) return
  throw new Error(`expected status ${status}, got ${error === undefined ? 'success' : String(error)}`)
}
