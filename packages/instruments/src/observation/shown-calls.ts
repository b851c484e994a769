import type { ToolType } from '../cardinality/tool-type.ts'
import type { ShownCall } from './requested-call.ts'
import { ToolCallCounts } from './tool-call-counts.ts'

/** Maximum number of calls of one side of a request that are distinguished by their ids. */
export const MAX_CALLS = 1000

/**
 * The tool calls that one side of a request has shown. The first {@link MAX_CALLS} are distinguished by their ids. Further calls
 * are only counted by type, and distinguished by their position in the output of one answer.
 */
export class ShownCalls<Call extends ShownCall> {
  readonly #calls: Call[] = []
  /** Created for the first call: most requests have none. */
  #byId: Map<string, Call> | undefined
  readonly #furtherCalls = new ToolCallCounts()
  /** The answer that had the last further call, and its position there. */
  #lastAnswer: object | undefined
  #lastIndex = -1

  /** The calls that are distinguished, in the order in which they were shown. */
  get calls(): readonly Call[] {
    return this.#calls
  }

  /** Whether no call was shown. */
  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** Number of the other calls by type. */
  get furtherCalls(): ToolCallCounts {
    return this.#furtherCalls
  }

  /** Returns the call with an id; `undefined` if there is none, or if it is not distinguished. */
  find(callId: string): Call | undefined {
    return this.#byId?.get(callId)
  }

  /**
   * Adds a call unless there is one with its id.
   * @param answer identifies the answer that has the call
   * @param outputIndex position of the call in the output of the answer
   */
  add(call: Call, answer: object, outputIndex: number | undefined): void {
    const { callId } = call
    if (callId !== undefined && this.#byId?.has(callId)) return
    if (this.#calls.length >= MAX_CALLS) {
      this.#addFurther(call.type, answer, outputIndex)
      return
    }
    this.#calls.push(call)
    if (callId === undefined) return
    this.#byId ??= new Map()
    this.#byId.set(callId, call)
  }

  #addFurther(type: ToolType, answer: object, outputIndex: number | undefined): void {
    const isRepeated =
      answer === this.#lastAnswer && outputIndex !== undefined && outputIndex <= this.#lastIndex
    if (isRepeated) return
    this.#lastAnswer = answer
    this.#lastIndex = outputIndex ?? this.#lastIndex
    this.#furtherCalls.add(type)
  }

  /** Removes all calls except some that are distinguished. */
  keep(calls: readonly Call[]): void {
    this.clear()
    for (const call of calls) this.add(call, this, undefined)
  }

  /** Removes all calls. */
  clear(): void {
    this.#calls.length = 0
    this.#byId = undefined
    this.#furtherCalls.clear()
    this.#lastAnswer = undefined
    this.#lastIndex = -1
  }
}
