/**
 * A stand-in for an inference engine: speaks the Responses API and chat completions, JSON and SSE, as vLLM
 * does, and has a vLLM-like `/metrics`. What it answers depends on the prompt alone: see `engine/plan.ts`.
 *
 *     PORT=8000 ENGINE_TOKEN_DELAY_MS=20 node src/engine.ts
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { type ChatRequest, chatChunks, chatCompletion, planChat } from './engine/chat-api.ts'
import { EngineMetrics } from './engine/engine-metrics.ts'
import type { Plan } from './engine/plan.ts'
import { planResponse, type ResponsesRequest, responsesEvents } from './engine/responses-api.ts'
import { sendAnswer, sendError, sendJson, sendStream } from './engine/send.ts'
import { failToListen, listenOnLoopback, onEnd, portFromEnv } from './lifetime.ts'

const port = portFromEnv('PORT', 0)
const tokenDelayMs = Number(process.env['ENGINE_TOKEN_DELAY_MS'] ?? 2)
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
      return respond((await json(req)) as ResponsesRequest, res)
    case 'POST /v1/chat/completions':
      return complete((await json(req)) as ChatRequest, res)
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

async function respond(request: ResponsesRequest, res: ServerResponse): Promise<void> {
  const plan = planResponse(request, tokenDelayMs)
  const firstToken = measure(plan, res)
  if (plan.failure === 'status') return sendError(res, plan.status, 'the engine refuses')
  const events = responsesEvents(request, plan)
  if (request.stream) return sendStream(res, named(events), plan, firstToken)
  await sendAnswer(res, [...events].at(-1)?.['response'], plan)
}

async function complete(request: ChatRequest, res: ServerResponse): Promise<void> {
  const plan = planChat(request, tokenDelayMs)
  const firstToken = measure(plan, res)
  if (plan.failure === 'status') return sendError(res, plan.status, 'the engine refuses')
  if (request.stream) return sendStream(res, unnamed(chatChunks(request, plan), plan), plan, firstToken)
  await sendAnswer(res, chatCompletion(request, plan), plan)
}

/** Counts one request from its begin to its end; call what it returns at the first token. */
function measure(plan: Plan, res: ServerResponse): () => void {
  const begin = performance.now()
  const elapsed = (): number => (performance.now() - begin) / 1000
  metrics.begin(plan.promptTokens)
  res.once('close', () => {
    if (plan.failure !== 'none') metrics.end('error', 0, elapsed())
    else if (res.writableFinished) metrics.end('stop', plan.words.length, elapsed())
    else metrics.end('abort', 0, elapsed())
  })
  return () => metrics.firstToken(elapsed())
}

function* named(events: Iterable<{ type: string }>): Generator<string> {
  for (const event of events) yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

function* unnamed(chunks: Iterable<object>, plan: Plan): Generator<string> {
  for (const chunk of chunks) yield `data: ${JSON.stringify(chunk)}\n\n`
  if (plan.failure !== 'cut') yield 'data: [DONE]\n\n'
}

try {
  console.log(`engine listening on http://127.0.0.1:${await listenOnLoopback(server, port)}`)
} catch (error) {
  failToListen('PORT', port, error)
}

onEnd(async () => {
  server.close()
  server.closeAllConnections()
})
