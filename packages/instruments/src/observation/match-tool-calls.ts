import type { ListedNames } from '../cardinality/listed-names.ts'
import { builtInTypeOf, type ToolType } from '../cardinality/tool-type.ts'
import type {
  EngineShownCall,
  GatewayShownCall,
  ObservedExecution,
  RequestedCall,
  ShownCall,
} from './requested-call.ts'

/** What was seen of the tool calls of one request. */
export interface SeenCalls {
  /** In the answers of engines. */
  readonly engine: Iterable<EngineShownCall>
  /** In the answer of the gateway. */
  readonly gateway: Iterable<GatewayShownCall>
  readonly executions: readonly ObservedExecution[]
}

/**
 * Returns the distinct tool calls of a request. The order in which they were seen has no influence on their number.
 *
 * A call of the engine and one of the gateway with the same id are the same. Of the others, the gateway may have replaced the id,
 * or the type too: it shows a call of the function `search` as an `mcp_call` of `search`. Two calls with the same name are the
 * same; without a name, two calls of the same type of built-in tool, and a call of a function that is named after the type. Each
 * call has at most one counterpart.
 *
 * An execution belongs to the call with its id; else to one with its name; else to one of its type; else to one of a function
 * whose result was sent after the execution had started. Its type replaces the one of a call with its id or name.
 */
export function matchToolCalls(
  { engine, gateway, executions }: SeenCalls,
  mcp: ListedNames,
): RequestedCall[] {
  const calls = pairSides([...engine], [...gateway], mcp)
  assignExecutions(calls, executions, mcp)
  return calls
}

interface MatchedCall extends RequestedCall {
  type: ToolType
  execution: ObservedExecution | undefined
}

function pairSides(
  engineCalls: readonly EngineShownCall[],
  gatewayCalls: readonly GatewayShownCall[],
  mcp: ListedNames,
): MatchedCall[] {
  const counterparts = new Map<EngineShownCall, GatewayShownCall>()
  let unmatched = gatewayCalls
  const match = (keyOf: (call: ShownCall) => string | undefined): void => {
    if (unmatched.length === 0) return
    const open = new Queues<EngineShownCall>()
    for (const call of engineCalls) if (!counterparts.has(call)) open.add(keyOf(call), call)
    unmatched = unmatched.filter((call) => {
      const engineCall = open.take(keyOf(call))
      if (engineCall !== undefined) counterparts.set(engineCall, call)
      return engineCall === undefined
    })
  }
  match(({ callId }) => callId)
  match(({ name }) => toolNameOf(name, mcp))
  match(({ type, name }) => (name === undefined ? type : builtInTypeOf(name)))
  return [
    ...engineCalls.map((engine) => matchedCall(engine, counterparts.get(engine), mcp)),
    ...unmatched.map((gateway) => matchedCall(undefined, gateway, mcp)),
  ]
}

function matchedCall(
  engine: EngineShownCall | undefined,
  gateway: GatewayShownCall | undefined,
  mcp: ListedNames,
): MatchedCall {
  const shown = [gateway, engine].filter((call) => call !== undefined)
  const builtIn = shown.find(({ type }) => type !== 'function')
  const isMcpTool = shown.some(({ name }) => name !== undefined && mcp.isMcpTool(name))
  return { type: builtIn?.type ?? (isMcpTool ? 'mcp' : 'function'), engine, gateway, execution: undefined }
}

/** Returns the name of a tool without the prefix by which the application distinguishes MCP servers. */
function toolNameOf(name: string | undefined, mcp: ListedNames): string | undefined {
  return name === undefined ? undefined : (mcp.listedNameOf(name) ?? name)
}

function assignExecutions(
  calls: readonly MatchedCall[],
  executions: readonly ObservedExecution[],
  mcp: ListedNames,
): void {
  let unassigned = executions
  const assign = (
    keysOf: (call: MatchedCall) => readonly (string | undefined)[],
    keyOf: (execution: ObservedExecution) => string | undefined,
    replacesType: boolean,
  ): void => {
    if (unassigned.length === 0) return
    const open = new Queues<MatchedCall>()
    const unexecuted = calls.filter(({ execution }) => execution === undefined)
    for (const call of byExecutedFirst(unexecuted))
      for (const key of new Set(keysOf(call))) open.add(key, call)
    unassigned = unassigned.filter((execution) => {
      const call = open.take(keyOf(execution), (each) => each.execution === undefined)
      if (call === undefined) return true
      call.execution = execution
      if (replacesType) call.type = execution.type
      return false
    })
  }
  assign(
    ({ engine, gateway }) => [engine?.callId, gateway?.callId],
    ({ callId }) => callId,
    true,
  )
  assign(
    ({ engine, gateway }) => [toolNameOf(engine?.name, mcp), toolNameOf(gateway?.name, mcp)],
    ({ name }) => toolNameOf(name, mcp),
    true,
  )
  assign(
    ({ type }) => [type],
    ({ type }) => type,
    false,
  )
  for (const execution of unassigned) {
    const call = calls.find((each) => mayBeExecutionOf(each, execution))
    if (call !== undefined) call.execution = execution
  }
}

/** Of calls with the same key, those come first whose execution would be inferred otherwise. */
function byExecutedFirst(calls: readonly MatchedCall[]): readonly MatchedCall[] {
  const isExecuted = ({ engine, gateway }: MatchedCall): boolean =>
    engine?.result !== undefined || gateway?.isExecuted === true
  return [...calls.filter(isExecuted), ...calls.filter((call) => !isExecuted(call))]
}

function mayBeExecutionOf(
  { type, engine, execution }: MatchedCall,
  { startedAt }: ObservedExecution,
): boolean {
  if (execution !== undefined || type !== 'function' || engine?.result === undefined) return false
  return engine.shownAt <= startedAt && startedAt <= engine.result.sentAt
}

/** First-in-first-out queues by key. Values without a key are not kept. */
class Queues<Value> {
  readonly #queues = new Map<string, { readonly values: Value[]; next: number }>()

  add(key: string | undefined, value: Value): void {
    if (key === undefined) return
    const queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, { values: [value], next: 0 })
    else queue.values.push(value)
  }

  /** Removes and returns the first value of a key that is accepted; those before it are removed too. */
  take(key: string | undefined, isAccepted: (value: Value) => boolean = () => true): Value | undefined {
    const queue = key === undefined ? undefined : this.#queues.get(key)
    while (queue !== undefined && queue.next < queue.values.length) {
      const value = queue.values[queue.next++] as Value
      if (isAccepted(value)) return value
    }
    return undefined
  }
}
