import { type Context, context as contextApi, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ToolType } from '../cardinality/tool-type.ts'

/** The span of a tool call, or what stands for it where the request is not traced. */
export interface ToolSpan {
  /** The context of the call: that of the span, or of the caller. */
  readonly context: Context
  /** Runs the call in that context. */
  run<Result>(call: () => Result): Result
  /** The call ended; `errorType` is `undefined` if it went well. */
  end(errorType: string | undefined): void
}

/**
 * Begins the span `execute_tool` of a tool call, by the semantic conventions of generative AI, if the running code has a
 * span that records. What the call does, such as talking to an MCP server, is below it.
 */
export function startToolSpan(parent: Context, type: ToolType): ToolSpan {
  if (trace.getSpan(parent)?.isRecording() !== true)
    return { context: parent, run: (call) => call(), end() {} }
  const span = trace.getTracer('@vr/otel-instruments').startSpan(
    `execute_tool ${type}`,
    {
      kind: SpanKind.INTERNAL,
      attributes: { 'gen_ai.operation.name': 'execute_tool', 'vr_otel.tool_type': type },
    },
    parent,
  )
  const context = span.isRecording() ? trace.setSpan(parent, span) : parent
  return {
    context,
    run: (call) => contextApi.with(context, call),
    end(errorType) {
      if (errorType !== undefined) {
        span.setAttribute('error.type', errorType)
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      span.end()
    },
  }
}
