import type { ServerResponse } from 'node:http'
import type { AnswerFormat, Part } from './answer.ts'
import { CHAT, COMPLETIONS, EMBEDDINGS } from './chat-answer.ts'
import { MESSAGES } from './messages-answer.ts'
import type { Api, Plan, PlannedUsage } from './plan.ts'
import { RESPONSES, VLLM_RESPONSES } from './responses-answer.ts'

const FORMATS: Readonly<Record<Api, AnswerFormat>> = {
  responses: RESPONSES,
  vllm: VLLM_RESPONSES,
  chat: CHAT,
  messages: MESSAGES,
  completions: COMPLETIONS,
  embeddings: EMBEDDINGS,
}

const PATHS: Readonly<Record<Api, string>> = {
  responses: '/v1/responses',
  vllm: '/v1/responses',
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
}

/** Returns the path of an API. */
export const pathOf = (api: Api): string => PATHS[api]

/** An exchange with the engine: its plan, the parts to send, and what was done so far. The engine and the client write to it. */
export class Exchange {
  readonly id: string
  readonly plan: Plan
  /** Parts that are sent before the ending. */
  readonly parts: readonly Part[]
  /** Number of requests for this plan. */
  attempts = 0
  /** Parts that were sent. The client has received them when the exchange ends, unless it is a failure of the test. */
  readonly sent: Part[] = []
  /** Whether the engine has a connection for the request. A proxy may keep it when its client has left. */
  isOpen = false
  /** Status that the engine sent; `undefined` if it sent no headers. */
  status: number | undefined
  readonly #arrival = Promise.withResolvers<void>()
  #response: ServerResponse | undefined

  constructor(id: string, plan: Plan) {
    this.id = id
    this.plan = plan
    this.parts = partsOf(plan, id)
  }

  /** Body of the request. */
  get requestBody(): string {
    const { api, model, isStream, includesUsage } = this.plan
    return JSON.stringify({
      model,
      metadata: { plan: this.id },
      ...(api === 'embeddings' ? { input: ['text'] } : { stream: isStream }),
      ...(api === 'responses' || api === 'vllm' ? { input: 'Hello' } : {}),
      ...(api === 'chat' || api === 'messages' ? { messages: [{ role: 'user', content: 'Hello' }] } : {}),
      ...(api === 'completions' ? { prompt: 'Hello' } : {}),
      ...(api === 'messages' ? { max_tokens: 100 } : {}),
      ...(isStream && includesUsage ? { stream_options: { include_usage: true } } : {}),
    })
  }

  /** Text of the body that the client receives. */
  get sentText(): string {
    return this.sent.map(({ text }) => text).join('')
  }

  /** Resolves when the engine has received the request. */
  get arrival(): Promise<void> {
    return this.#arrival.promise
  }

  /** Called by the engine with the response to the request. */
  arrived(response: ServerResponse): void {
    this.attempts++
    this.isOpen = true
    response.on('close', () => {
      this.isOpen = false
    })
    this.#response = response
    this.#arrival.resolve()
  }

  /** Destroys the connection of the engine. */
  die(): void {
    this.#response?.destroy()
  }
}

/** Returns the parts that are sent before the ending of the plan. */
function partsOf(plan: Plan, id: string): Part[] {
  if (Number(plan.ending) > 0) {
    const type =
      plan.ending === '429'
        ? 'rate_limit_error'
        : plan.ending === '500'
          ? 'server_error'
          : 'invalid_request_error'
    return [{ text: JSON.stringify({ error: { message: 'rejected', type, code: Number(plan.ending) } }) }]
  }
  const format = FORMATS[plan.api]
  if (!plan.isStream)
    return bodyParts(plan, JSON.stringify(format.body(plan, id)), format.usage?.(plan.usage) ?? plan.usage)
  const events = format.events(plan, id)
  if (plan.ending === 'complete') return events
  // A stream that ends early has at least one event, and not the last one.
  const count = 1 + Math.floor(plan.part * Math.max(0, events.length - 2))
  return [...events.slice(0, count), ...(plan.ending === 'error event' ? format.errorEvents() : [])]
}

/** The client leaves before the answer; the engine dies before or in the answer. */
function bodyParts(plan: Plan, body: string, usage: PlannedUsage): Part[] {
  if (plan.ending === 'client leaves') return []
  if (plan.ending === 'engine dies') return plan.part < 0.5 ? [] : [{ text: body.slice(0, body.length / 2) }]
  return [{ text: body, toolCalls: plan.toolCalls, usage }]
}
