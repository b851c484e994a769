/** Keeps the last 1,000 responses in memory for `GET /v1/responses/:response_id`. */
import type { ResponseObject } from './response-builder.ts'

const MAX_RESPONSES = 1000

export class ResponseStore {
  readonly #responses = new Map<string, ResponseObject>()

  put(response: ResponseObject): void {
    this.#responses.set(response.id, response)
    const [oldest] = this.#responses.keys()
    if (this.#responses.size > MAX_RESPONSES && oldest !== undefined) this.#responses.delete(oldest)
  }

  get(id: string): ResponseObject | undefined {
    return this.#responses.get(id)
  }
}
