/** Routes of the gateway. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { answerEvents, type ResponsesRequest } from './agent-loop.ts'
import { type EngineClient, engineEvents, type ResponseEvent } from './engine-client.ts'
import type { ResponseObject } from './response-builder.ts'
import { ResponseStore } from './response-store.ts'
import { formatEvent } from './sse.ts'
import type { Toolbox } from './toolbox.ts'

const RESPONSES_BODY = { type: 'object', required: ['input'], properties: { stream: { type: 'boolean' } } }
const CHAT_BODY = { type: 'object', required: ['messages'], properties: { stream: { type: 'boolean' } } }

/** Adds all routes to `app`. */
export function addRoutes(app: FastifyInstance, engine: EngineClient, toolbox: Toolbox): void {
  addResponses(app, engine, toolbox)
  addChat(app, engine)
  app.get('/v1/models', async (_request, reply) => {
    const answer = await engine.send('/v1/models', undefined, clientSignal(reply))
    return answer.json()
  })
  app.get('/health', async () => ({}))
}

function addResponses(app: FastifyInstance, engine: EngineClient, toolbox: Toolbox): void {
  const store = new ResponseStore()

  app.post<{ Body: ResponsesRequest }>(
    '/v1/responses',
    { schema: { body: RESPONSES_BODY } },
    async (request, reply) => {
      const signal = clientSignal(reply)
      const events = onCompleted(answerEvents(request.body, engine, toolbox, signal), (response) => {
        if (request.body.store !== false) store.put(response)
      })
      if (request.body.stream) {
        // Waits for the first event before the headers are sent: if the engine is unreachable, the status is 502.
        const first = await events.next()
        return sendStream(reply, responseBlocks(first, events, signal))
      }
      let last: ResponseEvent | undefined
      for await (const event of events) last = event
      return last?.response
    },
  )

  app.get<{ Params: { response_id: string } }>('/v1/responses/:response_id', async (request, reply) => {
    const response = store.get(request.params.response_id)
    return response ?? reply.code(404).send(errorBody(`no response "${request.params.response_id}"`))
  })
}

/** Passes chat completions through unchanged. The client runs the tools. */
function addChat(app: FastifyInstance, engine: EngineClient): void {
  app.post<{ Body: { stream?: boolean } }>(
    '/v1/chat/completions',
    { schema: { body: CHAT_BODY } },
    async (request, reply) => {
      const signal = clientSignal(reply)
      const answer = await engine.send('/v1/chat/completions', request.body, signal)
      if (!request.body.stream) return answer.json()
      return sendStream(reply, chatBlocks(answer, signal))
    },
  )
}

/** Returns an error body in OpenAI's format. */
export function errorBody(message: string): object {
  return { error: { message, type: 'gateway_error', code: null } }
}

/** Returns a signal that aborts when the client disconnects before its answer is complete. */
function clientSignal(reply: FastifyReply): AbortSignal {
  const disconnected = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) disconnected.abort()
  })
  return disconnected.signal
}

function sendStream(reply: FastifyReply, blocks: AsyncIterable<string>): FastifyReply {
  return reply
    .type('text/event-stream')
    .header('cache-control', 'no-cache')
    .send(Readable.from(blocks, { objectMode: false }))
}

async function* onCompleted(
  events: AsyncIterable<ResponseEvent>,
  onResponse: (response: ResponseObject) => void,
): AsyncGenerator<ResponseEvent, void> {
  for await (const event of events) {
    if (event.type === 'response.completed') onResponse(event.response as unknown as ResponseObject)
    yield event
  }
}

async function* responseBlocks(
  first: IteratorResult<ResponseEvent, void>,
  rest: AsyncIterable<ResponseEvent>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let sequence = 0
  const format = (event: ResponseEvent): string => formatEvent(JSON.stringify(event), event.type)
  try {
    if (first.value !== undefined) yield format(first.value)
    for await (const event of rest) {
      sequence = Number(event['sequence_number']) + 1
      yield format(event)
    }
  } catch (error) {
    if (signal.aborted) return
    const { message } = error as Error
    yield format({ type: 'error', code: 'server_error', message, param: null, sequence_number: sequence })
  }
}

async function* chatBlocks(answer: Response, signal: AbortSignal): AsyncGenerator<string> {
  try {
    for await (const event of engineEvents(answer, signal)) yield formatEvent(event.data)
  } catch (error) {
    if (signal.aborted) return
    yield formatEvent(JSON.stringify(errorBody((error as Error).message)))
    yield formatEvent('[DONE]')
  }
}
