import type { McpOperation, OperationEnd } from './operation.ts'

/** Maximum number of requests of a session that are observed at a time. */
export const MAX_PENDING = 10_000

/** Requests without a response, by id. Further requests than {@link MAX_PENDING} are not observed. */
export class PendingOperations {
  readonly #operations = new Map<string, McpOperation>()

  get size(): number {
    return this.#operations.size
  }

  /** Whether a request with this id can be added. A transport may send a request again, for example after it has authorized. */
  canAdd(id: string): boolean {
    return this.#operations.size < MAX_PENDING && !this.#operations.has(id)
  }

  add(id: string, operation: McpOperation): void {
    this.#operations.set(id, operation)
  }

  /** Returns the request with this id. */
  get(id: string): McpOperation | undefined {
    return this.#operations.get(id)
  }

  /** Ends the request with this id and returns it; `undefined` if there is none. */
  end(id: string, end: OperationEnd): McpOperation | undefined {
    const operation = this.#operations.get(id)
    this.#operations.delete(id)
    operation?.end(end)
    return operation
  }

  /** Ends all requests, or those that `isEnded` selects. */
  endAll(end: OperationEnd, isEnded: (operation: McpOperation) => boolean = () => true): McpOperation[] {
    const ended: McpOperation[] = []
    for (const [id, operation] of this.#operations) {
      if (!isEnded(operation)) continue
      this.#operations.delete(id)
      operation.end(end)
      ended.push(operation)
    }
    return ended
  }
}
