import type { RequestedCall } from './requested-call.ts'

/** The execution of a tool call by the gateway, as what the gateway has sent shows it. */
export interface InferredExecution {
  /** `undefined` if the start is not known. */
  readonly seconds: number | undefined
  /** In milliseconds of the monotonic clock. */
  readonly endedAt: number
  readonly hasFailed: boolean
}

/**
 * Returns the execution of a call by the gateway; `undefined` if the gateway was not seen to execute it, or if its execution is
 * counted elsewhere.
 *
 * The gateway has executed a call if it sent the result to the engine, or if it shows the call of a built-in tool as executed and
 * the engine does not. In the first case, the duration is the time from the end of the engine call that requested it to the
 * engine call with its result; calls that are executed in parallel have the same duration.
 * @param areAnswersRead whether each answer of an engine was read; otherwise an engine may have executed a built-in tool
 */
export function inferExecution(call: RequestedCall, areAnswersRead: boolean): InferredExecution | undefined {
  const { engine, gateway, execution } = call
  if (execution !== undefined || engine?.isExecuted === true) return undefined
  if (engine?.result !== undefined) {
    const { sentAt, hasFailed } = engine.result
    const seconds = Math.max(0, sentAt - (engine.answeredAt ?? engine.shownAt)) / 1000
    return { seconds, endedAt: sentAt, hasFailed: hasFailed || gateway?.hasFailed === true }
  }
  if (!areAnswersRead || gateway?.isExecuted !== true) return undefined
  return { seconds: gateway.secondsAfterAnswer, endedAt: gateway.shownAt, hasFailed: gateway.hasFailed }
}
