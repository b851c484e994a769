import type { Context } from '@opentelemetry/api'
import type { ToolType } from '../cardinality/tool-type.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'

/** A tool call that the gateway has executed. */
export interface ToolExecution {
  readonly type: ToolType
  /** Name of the tool; `undefined` if it is not known. */
  readonly name: string | undefined
  /** `undefined` if the duration is not known. */
  readonly seconds: number | undefined
  /** `error.type`; `undefined` if the call succeeded. */
  readonly errorType: string | undefined
}

/**
 * Records an executed tool call in the groups `tool` and `genai`.
 * @param context context of the tool call, for exemplars
 */
export function recordToolExecution(
  { tool, genai }: GatewayInstruments,
  { type, name, seconds, errorType }: ToolExecution,
  context: Context,
): void {
  tool.callExecuted(type, seconds, errorType !== undefined, context)
  if (seconds !== undefined) genai?.toolExecuted(name, seconds, errorType, context)
}
