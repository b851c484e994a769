// A gateway and its engine in one server. `POST /call` makes one streaming call by the client that the argument names, with
// the instrumentation that belongs to it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { metrics } from '@opentelemetry/api'

const require = createRequire(import.meta.url)
const [, , client] = process.argv

const chunk = (part) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', ...part })}\n\n`

const server = createServer(async (request, response) => {
  if (request.url === '/call') {
    await call()
    response.end()
    return
  }
  request.resume()
  await once(request, 'end')
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'a' } }] }))
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
  response.write(chunk({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } }))
  response.end('data: [DONE]\n\n')
})

const clients = {
  'instrumentation-openai': () => openai('@opentelemetry/instrumentation-openai'),
  traceloop: () => openai('@traceloop/instrumentation-openai'),
  'ai-sdk': async () => {
    const { registerTelemetry, streamText } = await import('ai')
    const { OpenTelemetry } = await import('@ai-sdk/otel')
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
    registerTelemetry(new OpenTelemetry())
    return async (baseURL) => {
      const model = createOpenAICompatible({ name: 'engine', baseURL })('m')
      for await (const _ of streamText({ model, prompt: 'hi' }).textStream);
    }
  },
}

function openai(name) {
  const { OpenAIInstrumentation } = require(name)
  const instrumentation = new OpenAIInstrumentation()
  instrumentation.setMeterProvider(metrics.getMeterProvider())
  instrumentation.enable()
  const { OpenAI } = require('openai')
  return async (baseURL) => {
    const request = { model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }
    const stream = await new OpenAI({ baseURL, apiKey: 'k' }).chat.completions.create({
      ...request,
      stream_options: { include_usage: true },
    })
    for await (const _ of stream);
  }
}

const run = await clients[client]()
const call = () => run(`http://127.0.0.1:${server.address().port}/v1`)

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
