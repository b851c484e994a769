/**
 * A mock inference engine. Like vLLM, it supports the Responses API and chat completions, with JSON and SSE, and
 * has `/metrics`. The answer depends only on the prompt: see `engine/plan.ts`.
 *
 *     PORT=8000 ENGINE_TOKEN_DELAY_MS=20 ENGINE_MAX_REQUESTS=2 node src/engine.ts
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { type ChatRequest, chatChunks, chatCompletion, planChat } from './engine/chat-api.ts'
import { EngineMetrics } from './engine/engine-metrics.ts'
import type { Plan } from './engine/plan.ts'
import { RequestQueue } from './engine/request-queue.ts'
import { planResponse, type ResponsesRequest, responsesEvents } from './engine/responses-api.ts'
import { sendAnswer, sendError, sendJson, sendStream } from './engine/send.ts'
import { exitWithListenError, listenOnLoopback, onShutdown, portFromEnv } from './lifecycle.ts'

const port = portFromEnv('PORT', 0)
const tokenDelayMs = Number(process.env['ENGINE_TOKEN_DELAY_MS'] ?? 2)
const queue = new RequestQueue(Number(process.env['ENGINE_MAX_REQUESTS'] ?? 256))
const metrics = new EngineMetrics()

const server = createServer((req, res) => {
  answer(req, res).catch((error: unknown) => {
    if (res.headersSent) res.destroy()
    else sendError(res, 400, String(error))
  })
})

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  switch (`${req.method} ${req.url}`) {
    case 'POST /v1/responses':
      return answerResponses((await json(req)) as ResponsesRequest, res)
    case 'POST /v1/chat/completions':
      return answerChat((await json(req)) as ChatRequest, res)
    case 'GET /v1/models':
      return sendJson(res, { object: 'list', data: [{ id: 'demo-model', object: 'model', owned_by: 'vr' }] })
    case 'GET /metrics':
      res.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      res.end(metrics.text())
      return
    case 'GET /health':
      return sendJson(res, {})
    default:
      return sendError(res, 404, 'not found')
  }
}

async function answerResponses(request: ResponsesRequest, res: ServerResponse): Promise<void> {
  const plan = planResponse(request, tokenDelayMs)
  const firstToken = await startRequest(plan, res)
  if (firstToken === undefined) return
  if (plan.failure === 'status') return sendError(res, plan.status, 'the engine rejected the request')
  const events = responsesEvents(request, plan)
  if (request.stream) return sendStream(res, eventsWithNames(events), plan, firstToken)
  await sendAnswer(res, [...events].at(-1)?.['response'], plan)
}

async function answerChat(request: ChatRequest, res: ServerResponse): Promise<void> {
  const plan = planChat(request, tokenDelayMs)
  const firstToken = await startRequest(plan, res)
  if (firstToken === undefined) return
  if (plan.failure === 'status') return sendError(res, plan.status, 'the engine rejected the request')
  if (request.stream)
    return sendStream(res, eventsWithoutNames(chatChunks(request, plan), plan), plan, firstToken)
  await sendAnswer(res, chatCompletion(request, plan), plan)
}

/**
 * Waits in the queue and records the metrics of one request. Returns a function to call when the first token was sent, or
 * `undefined` if the client disconnects before.
 */
async function startRequest(plan: Plan, res: ServerResponse): Promise<(() => void) | undefined> {
  const arrival = performance.now()
  const elapsed = (): number => (performance.now() - arrival) / 1000
  metrics.requestQueued()
  if (!(await queue.enter(res))) {
    metrics.requestLeft(elapsed())
    return undefined
  }
  metrics.requestStarted(plan.promptTokens, elapsed())
  res.once('close', () => {
    if (plan.failure !== 'none') metrics.requestEnded('error', 0, elapsed())
    else if (res.writableFinished) metrics.requestEnded('stop', plan.words.length, elapsed())
    else metrics.requestEnded('abort', 0, elapsed())
  })
  return () => metrics.firstToken(elapsed())
}

function* eventsWithNames(events: Iterable<{ type: string }>): Generator<string> {
  for (const event of events) yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

function* eventsWithoutNames(chunks: Iterable<object>, plan: Plan): Generator<string> {
  for (const chunk of chunks) yield `data: ${JSON.stringify(chunk)}\n\n`
  if (plan.failure !== 'cut') yield 'data: [DONE]\n\n'
}

try {
  console.log(`engine listening on http://127.0.0.1:${await listenOnLoopback(server, port)}`)
} catch (error) {
  exitWithListenError('PORT', port, error)
}

onShutdown(async () => {
  server.close()
  server.closeAllConnections()
})
