import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RequestTools } from '../observation/request-tools.ts'
import type { ObservedExecution } from '../observation/requested-call.ts'
import type { ToolCallRequested } from '../wire/facts.ts'
import { RecordingProvider } from './recording-provider.ts'
import { result } from './tool-facts.ts'

/** What was counted of the tool calls of a request, by type. */
export interface ToolCounts {
  readonly requested: Record<string, number>
  readonly executed: Record<string, number>
  readonly errors: Record<string, number>
  /** Sums of durations. */
  readonly seconds: Record<string, number>
}

/** The tool calls of one request, with a clock that the test sets. */
export class ToolAccount {
  readonly provider = new RecordingProvider()
  /** The time in seconds. */
  now = 0
  readonly instruments: GatewayInstruments
  readonly tools: RequestTools

  constructor(context: Context = ROOT_CONTEXT) {
    const now = (): number => this.now * 1000
    this.instruments = new GatewayInstruments({ meterProvider: this.provider, prefix: '', now })
    this.tools = new RequestTools(this.instruments, () => context)
  }

  /** Makes an engine call that sends the results of the calls with some ids, and whose answer takes one second. */
  engine(answer: readonly ToolCallRequested[], results: readonly string[] = []): this {
    const engineCall = {}
    this.tools.engineCallStarted(this.now * 1000)
    for (const callId of results) this.tools.resultSent(result(callId), this.now * 1000)
    this.now++
    for (const call of answer) this.tools.requestedByEngine(engineCall, call)
    this.tools.engineCallEnded(engineCall, this.now * 1000, 'read')
    return this
  }

  /** The gateway shows calls in its answer. */
  gateway(...answer: readonly ToolCallRequested[]): this {
    for (const call of answer) this.tools.requestedByGateway(call)
    return this
  }

  /** An execution starts that is counted elsewhere. */
  execution(execution: Partial<ObservedExecution> & Pick<ObservedExecution, 'type'>): this {
    const defaults = { name: undefined, callId: undefined, startedAt: this.now * 1000 }
    this.tools.executionObserved({ ...defaults, ...execution })
    return this
  }

  /** Time passes. */
  wait(seconds: number): this {
    this.now += seconds
    return this
  }

  /** Ends the request and returns what was counted. */
  end(): ToolCounts {
    this.tools.end()
    const sums = (name: string): Record<string, number> =>
      Object.fromEntries(
        Object.entries(this.provider.sums(name)).map(([key, sum]) => [key.replace('tool_type=', ''), sum]),
      )
    return {
      requested: sums('tool.calls.requested'),
      executed: sums('tool.calls.executed'),
      errors: sums('tool.errors'),
      seconds: sums('tool.execution.duration'),
    }
  }
}
