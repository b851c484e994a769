/** Sends one request with the real `openai` client and checks what comes back. */
import type OpenAI from 'openai'
import { APIError } from 'openai'
import type { Step } from './mix.ts'

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

/** Resolves when the request is over for the client; rejects if the answer is not the one that was to come. */
export async function sendStep(client: OpenAI, step: Step): Promise<void> {
  switch (step.sort) {
    case 'json':
      return expectText(await answer(client, step), step)
    case 'stream':
      return expectText(await readStream(client, step), step)
    case 'aborted stream':
      return abortStream(client, step)
    case 'failed stream':
      return expectFailure(readStream(client, step), step)
    case 'not found':
      return expectStatus(client.responses.retrieve('resp_that_nobody_has'), 404)
    case 'unmatched':
      return expectStatus(client.get('/a/path/that/nobody/serves'), 404)
    case 'failing':
      return expectStatus(answer(client, step), 502)
  }
}

async function answer(client: OpenAI, step: Step): Promise<string> {
  if (step.api === 'responses') return (await client.responses.create(responseBody(step))).output_text
  const completion = await client.chat.completions.create(chatBody(step))
  return completion.choices[0]?.message.content ?? ''
}

async function readStream(client: OpenAI, step: Step): Promise<string> {
  let text = ''
  if (step.api === 'responses') {
    for await (const event of await client.responses.create({ ...responseBody(step), stream: true })) {
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'error') throw new Error(event.message)
    }
  } else {
    for await (const chunk of await client.chat.completions.create({ ...chatBody(step), stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
    }
  }
  return text
}

/** Leaving the loop is how the client aborts. */
async function abortStream(client: OpenAI, step: Step): Promise<void> {
  const stream =
    step.api === 'responses'
      ? await client.responses.create({ ...responseBody(step), stream: true })
      : await client.chat.completions.create({ ...chatBody(step), stream: true })
  for await (const _event of stream) break
  stream.controller.abort()
}

function responseBody(step: Step): OpenAI.Responses.ResponseCreateParamsNonStreaming {
  return { model: MODEL, input: step.prompt, tools: step.tool === undefined ? [] : [TOOLS[step.tool]] }
}

function chatBody(step: Step): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return { model: MODEL, messages: [{ role: 'user', content: step.prompt }] }
}

function expectText(text: string, step: Step): void {
  const start = step.tool === undefined ? 'You said: ' : 'The tool says: '
  if (!text.startsWith(start)) throw new Error(`${step.sort}: expected "${start}…", got "${text}"`)
}

async function expectFailure(stream: Promise<string>, step: Step): Promise<void> {
  const outcome = await stream.then(
    (text) => `got "${text}"`,
    () => undefined,
  )
  if (outcome !== undefined) throw new Error(`${step.sort}: expected an error in the stream, ${outcome}`)
}

async function expectStatus(answered: Promise<unknown>, status: number): Promise<void> {
  const error = await answered.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof APIError && error.status === status) return
  throw new Error(`expected status ${status}, got ${error === undefined ? 'success' : String(error)}`)
}
