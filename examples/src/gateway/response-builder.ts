/** Builds the client's response from one or more engine calls and the tool calls between them. */
import { randomUUID } from 'node:crypto'
import type { Item, ResponseEvent, Usage } from './engine-client.ts'

/** A response object of the Responses API. */
export interface ResponseObject {
  readonly id: string
  readonly status: string
  readonly output: readonly Item[]
  readonly [field: string]: unknown
}

/** Builds the events of the client's stream: sets sequence numbers, collects the output items and the token usage. */
export class ResponseBuilder {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #output: Item[] = []
  #sequence = 0
  #outputIndex = 0
  #usage: Usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 }

  constructor(request: Readonly<Record<string, unknown>>) {
    this.#fields = {
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

  /** Returns the event with the next sequence number. */
  numbered(event: ResponseEvent): ResponseEvent {
    return { ...event, sequence_number: this.#sequence++ }
  }

  /** Returns the first two events. */
  startEvents(): ResponseEvent[] {
    const response = this.#response('in_progress')
    return [
      this.numbered({ type: 'response.created', response }),
      this.numbered({ type: 'response.in_progress', response }),
    ]
  }

  /** Returns the output index of the next item. */
  nextOutputIndex(): number {
    return this.#outputIndex++
  }

  /** Adds a completed output item. */
  addItem(item: Item): void {
    this.#output.push(item)
  }

  /** Adds the token usage of one engine call. */
  addUsage(usage: Usage | null | undefined): void {
    if (usage === null || usage === undefined) return
    this.#usage = {
      input_tokens: this.#usage.input_tokens + usage.input_tokens,
      output_tokens: this.#usage.output_tokens + usage.output_tokens,
      total_tokens: this.#usage.total_tokens + usage.total_tokens,
    }
  }

  /** Returns the last event. */
  endEvent(status: 'completed' | 'incomplete'): ResponseEvent {
    return this.numbered({ type: `response.${status}`, response: this.#response(status) })
  }

  #response(status: string): ResponseObject {
    const usage = {
      ...this.#usage,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    }
    const { id } = this.#fields as { id: string }
    return {
      ...this.#fields,
      id,
      status,
      output: [...this.#output],
      usage: status === 'in_progress' ? null : usage,
    }
  }
}
