/** The one response that a client sees, put together from one or more engine calls and the tools in between. */
import { randomUUID } from 'node:crypto'
import type { Item, ResponseEvent, Usage } from './engine-client.ts'

/** A response object of the Responses API; the fields that the gateway does not set are the request's. */
export interface ResponseObject {
  readonly id: string
  readonly status: string
  readonly output: readonly Item[]
  readonly [field: string]: unknown
}

/** Makes the events of the client's stream: numbers them in sequence, keeps the output and the token counts. */
export class Answer {
  readonly #head: Readonly<Record<string, unknown>>
  readonly #output: Item[] = []
  #sequence = 0
  #items = 0
  #usage: Usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 }

  constructor(request: Readonly<Record<string, unknown>>) {
    this.#head = {
      id: `resp_${randomUUID().replaceAll('-', '')}`,
      object: 'response',
      created_at: Math.floor(Date.now() / 1000),
      model: request['model'] ?? null,
      instructions: request['instructions'] ?? null,
      metadata: request['metadata'] ?? {},
      tools: request['tools'] ?? [],
      tool_choice: request['tool_choice'] ?? 'auto',
      parallel_tool_calls: request['parallel_tool_calls'] ?? true,
      error: null,
      incomplete_details: null,
    }
  }

  /** Gives an event its number in the stream. */
  event(event: ResponseEvent): ResponseEvent {
    return { ...event, sequence_number: this.#sequence++ }
  }

  /** The first two events. */
  begin(): ResponseEvent[] {
    const response = this.#response('in_progress')
    return [
      this.event({ type: 'response.created', response }),
      this.event({ type: 'response.in_progress', response }),
    ]
  }

  /** The place of the next item in the output. */
  nextIndex(): number {
    return this.#items++
  }

  /** Keeps an item that is done. */
  keep(item: Item): void {
    this.#output.push(item)
  }

  /** Adds the token counts of one engine call. */
  spend(usage: Usage | null | undefined): void {
    if (usage === null || usage === undefined) return
    this.#usage = {
      input_tokens: this.#usage.input_tokens + usage.input_tokens,
      output_tokens: this.#usage.output_tokens + usage.output_tokens,
      total_tokens: this.#usage.total_tokens + usage.total_tokens,
    }
  }

  /** The terminal event. */
  end(status: 'completed' | 'incomplete'): ResponseEvent {
    return this.event({ type: `response.${status}`, response: this.#response(status) })
  }

  #response(status: string): ResponseObject {
    const usage = {
      ...this.#usage,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    }
    const { id } = this.#head as { id: string }
    return {
      ...this.#head,
      id,
      status,
      output: [...this.#output],
      usage: status === 'in_progress' ? null : usage,
    }
  }
}
