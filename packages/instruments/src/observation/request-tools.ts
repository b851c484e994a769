import type { Context } from '@opentelemetry/api'
import { isExecutedBySender, TOOL_TYPES, type ToolType, typeOfCall } from '../cardinality/tool-type.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { recordToolSpan } from '../tracing/tool-span.ts'
import type { ToolCallRequested, ToolResultSent } from '../wire/facts.ts'
import { AnswerTimes, type EngineAnswer } from './answer-times.ts'
import { inferExecution } from './inferred-execution.ts'
import { matchToolCalls } from './match-tool-calls.ts'
import { recordToolExecution } from './record-tool-execution.ts'
import type {
  EngineShownCall,
  GatewayShownCall,
  ObservedExecution,
  RequestedCall,
  ShownCall,
} from './requested-call.ts'
import { MAX_CALLS, ShownCalls } from './shown-calls.ts'
import { countsWithoutCode, ToolCallCounts } from './tool-call-counts.ts'

/** Calls of an open connection whose results are awaited. The client may execute them, so that no result follows. */
const MAX_AWAITED_CALLS = 100

/**
 * Accounts for the tool calls of one request, or of one WebSocket.
 *
 * Each call counts once as requested, whichever side shows it: the engine in its answer, or the gateway in its own. It counts
 * once as executed: by `observeToolCall` or an MCP client, else by what the gateway has sent. Calls are counted when the request
 * ends: their number and their types are not certain before.
 */
export class RequestTools {
  readonly #instruments: GatewayInstruments
  readonly #contextOf: () => Context
  readonly #engine = new ShownCalls<EngineShownCall>()
  readonly #gateway = new ShownCalls<GatewayShownCall>()
  readonly #times = new AnswerTimes()
  readonly #executions: ObservedExecution[] = []
  readonly #requestedByCode = new ToolCallCounts()
  /** Ids of calls that were counted at the end of a turn. */
  readonly #countedIds = new Set<string>()
  #hasEnded = false
  /**
   * Whether calls are counted when their results were sent and an engine has answered without a further call, which ends an
   * agent loop: for connections that stay open.
   */
  countsEachLoop: boolean

  /** @param contextOf returns the context for exemplars, which has the parent of the spans */
  constructor(instruments: GatewayInstruments, contextOf: () => Context, countsEachLoop = false) {
    this.#instruments = instruments
    this.#contextOf = contextOf
    this.countsEachLoop = countsEachLoop
  }

  /** Called when the application has counted a requested call itself. */
  requestedByCode(type: ToolType): void {
    this.#requestedByCode.add(type)
  }

  /** Called when an execution starts that is counted by its observer when it ends. */
  executionObserved(execution: ObservedExecution): void {
    if (this.#executions.length < MAX_CALLS) this.#executions.push(execution)
  }

  /**
   * Called when the request of an engine call is sent that may generate an answer.
   * @param at in milliseconds of the monotonic clock
   */
  engineCallStarted(at: number): void {
    this.#times.engineCallStarted(at)
  }

  /**
   * Called for each tool call in the answer of an engine.
   * @param engineCall identifies the engine call; any object
   */
  requestedByEngine(engineCall: object, fact: ToolCallRequested): void {
    this.#times.callRequested()
    const shown = shownCall(fact, this.#instruments.now())
    const call = { ...shown, engineCall, answeredAt: undefined, result: undefined, isCounted: false }
    this.#engine.add(call, engineCall, fact.outputIndex)
  }

  /** Called for each tool call in the answer of the gateway. */
  requestedByGateway(fact: ToolCallRequested): void {
    const shown = shownCall(fact, this.#instruments.now())
    const call = { ...shown, secondsAfterAnswer: this.#times.secondsAfterAnswer(shown.shownAt) }
    this.#gateway.add(call, this, fact.outputIndex)
  }

  /**
   * Called when an engine call has ended, completely or not.
   * @param at when the last part of its answer arrived, in milliseconds of the monotonic clock
   */
  engineCallEnded(engineCall: object, at: number, answer: EngineAnswer): void {
    this.#times.engineCallEnded(at, answer)
    for (const call of this.#engine.calls) {
      if (call.engineCall !== engineCall) continue
      call.engineCall = undefined
      call.answeredAt = at
    }
    if (this.#hasEnded) this.end()
    else if (answer !== 'none' && this.countsEachLoop && this.#isLoopOver) this.turnEnded(this.#contextOf())
  }

  /** A tool may call an engine itself, while the loop awaits the result of the tool. */
  get #isLoopOver(): boolean {
    if (this.#times.requestsCalls) return false
    const { calls } = this.#engine
    return calls.length >= MAX_AWAITED_CALLS || calls.every(({ result }) => result !== undefined)
  }

  /**
   * Called for each result of a tool call in the request of an engine call. The result of a call that no engine has requested
   * for this request is a part of the client's conversation.
   * @param at when the request was sent, in milliseconds of the monotonic clock
   */
  resultSent(fact: ToolResultSent, at: number): void {
    const call = this.#engine.find(fact.callId)
    if (call !== undefined) call.result ??= { sentAt: at, hasFailed: fact.failed === true }
  }

  /**
   * Called when a turn of an LLM session has ended. Its calls are counted; a later call with the same id is not. Never throws.
   * @param context the context of the turn, for exemplars
   */
  turnEnded(context: Context): void {
    this.#count(context)
    for (const { callId } of [...this.#engine.calls, ...this.#gateway.calls]) {
      if (callId !== undefined) this.#countedIds.add(callId)
    }
    for (const oldest of this.#countedIds) {
      if (this.#countedIds.size <= MAX_CALLS) break
      this.#countedIds.delete(oldest)
    }
    this.#clear()
  }

  /**
   * Called when the request has ended, and for each engine call that outlives it. Counts the calls, and keeps only those whose
   * results may follow, because the client has left or the gateway works in the background. Never throws.
   */
  end(): void {
    this.#hasEnded = true
    const calls = this.#count(this.#contextOf())
    const awaited = calls.filter(isAwaited).flatMap(({ engine }) => engine ?? [])
    this.#countedIds.clear()
    this.#clear()
    if (awaited.length === 0) return
    this.#engine.keep(awaited.slice(0, MAX_AWAITED_CALLS))
    for (const call of this.#engine.calls) call.isCounted = true
  }

  /** @returns the calls, counted */
  #count(context: Context): readonly RequestedCall[] {
    if (this.#isEmpty) return []
    try {
      const seen = { engine: this.#engine.calls, gateway: this.#gateway.calls, executions: this.#executions }
      const calls = matchToolCalls(seen, this.#instruments.mcpTools)
      this.#countRequested(calls, context)
      for (const call of calls) this.#recordExecution(call, context)
      return calls
    } catch (error) {
      internalErrors.report('tool_calls', error)
      return []
    }
  }

  #countRequested(calls: readonly RequestedCall[], context: Context): void {
    const shown = new ToolCallCounts()
    for (const call of calls) if (!this.#isCounted(call)) shown.add(call.type)
    // A proxy shows the calls that its engine shows.
    for (const type of TOOL_TYPES)
      shown.add(type, Math.max(this.#engine.furtherCalls.of(type), this.#gateway.furtherCalls.of(type)))
    for (const [type, count] of countsWithoutCode(shown, this.#requestedByCode))
      this.#instruments.tool.callsRequested(type, count, context)
  }

  #isCounted({ engine, gateway }: RequestedCall): boolean {
    if (engine?.isCounted === true) return true
    return [engine?.callId, gateway?.callId].some((id) => id !== undefined && this.#countedIds.has(id))
  }

  #recordExecution(call: RequestedCall, context: Context): void {
    const execution = inferExecution(call, this.#times.areAnswersRead)
    if (execution === undefined) return
    const { seconds, endedAt, hasFailed } = execution
    const name = call.gateway?.name ?? call.engine?.name
    const ended = { type: call.type, name, seconds, errorType: hasFailed ? 'tool_error' : undefined }
    recordToolExecution(this.#instruments, { ...ended, name: this.#nameLabel(call.type, name) }, context)
    recordToolSpan(context, ended, (this.#instruments.now() - endedAt) / 1000)
  }

  /** Returns the name of a tool in metrics. An MCP tool has the name that its server has listed, without a prefix. */
  #nameLabel(type: ToolType, name: string | undefined): string | undefined {
    const { mcpTools } = this.#instruments
    return type !== 'mcp' || name === undefined ? name : mcpTools.label(mcpTools.listedNameOf(name) ?? name)
  }

  /** Most requests have no tool calls. An execution alone counts as no requested call. */
  get #isEmpty(): boolean {
    return this.#engine.isEmpty && this.#gateway.isEmpty
  }

  #clear(): void {
    this.#engine.clear()
    this.#gateway.clear()
    this.#executions.length = 0
    this.#requestedByCode.clear()
  }
}

/** Whether the result of a call may follow that the gateway was not seen to execute. */
function isAwaited({ engine, gateway, execution }: RequestedCall): boolean {
  if (engine === undefined || execution !== undefined) return false
  return !engine.isExecuted && engine.result === undefined && gateway?.isExecuted !== true
}

function shownCall(fact: ToolCallRequested, shownAt: number): ShownCall {
  const { toolType, name, serverLabel, callId, failed } = fact
  return {
    type: typeOfCall(toolType, name, serverLabel),
    name,
    callId,
    isExecuted: isExecutedBySender(toolType),
    hasFailed: failed === true,
    shownAt,
  }
}
