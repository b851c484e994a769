import {
  type Context,
  context as contextApi,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { boundedText } from '../cardinality/bounded-text.ts'
import type { ToolType } from '../cardinality/tool-type.ts'
import { wallClockNow } from '../real-clocks.ts'

/** The span of a tool call. It does nothing if the caller has no recording span. */
export interface ToolSpan {
  /** Context with the span; the context of the caller if there is no span. */
  readonly context: Context
  /** Runs the call in {@link ToolSpan.context}. */
  run<Result>(call: () => Result): Result
  /** Called when the call has ended; `errorType` is `undefined` if it succeeded. */
  end(errorType: string | undefined): void
}

/**
 * Starts the span `execute_tool {tool name}` of a tool call (semantic conventions for generative AI), if the caller has a
 * recording span. Without a name, the span name has the type of the tool instead. Spans of the tool call, such as requests to
 * an MCP server, are its children. Uses the global tracer provider, so it works with any SDK.
 */
export function startToolSpan(parent: Context, type: ToolType, toolName?: string): ToolSpan {
  if (trace.getSpan(parent)?.isRecording() !== true)
    return { context: parent, run: (call) => call(), end() {} }
  const span = createSpan(parent, type, toolName)
  const context = span.isRecording() ? trace.setSpan(parent, span) : parent
  return {
    context,
    run: (call) => contextApi.with(context, call),
    end(errorType) {
      setError(span, errorType)
      span.end()
    },
  }
}

/** A tool call that has ended. */
export interface EndedToolCall {
  readonly type: ToolType
  readonly name: string | undefined
  /** Duration; `undefined` if it is not known. */
  readonly seconds: number | undefined
  /** `undefined` if it succeeded. */
  readonly errorType: string | undefined
}

/**
 * Records the span of a tool call that has ended, if the caller has a recording span and the duration is known.
 * @param secondsSinceEnd time since the end of the call
 */
export function recordToolSpan(parent: Context, call: EndedToolCall, secondsSinceEnd: number): void {
  if (call.seconds === undefined || trace.getSpan(parent)?.isRecording() !== true) return
  const endedAt = wallClockNow() - secondsSinceEnd * 1000
  const span = createSpan(parent, call.type, call.name, endedAt - call.seconds * 1000)
  setError(span, call.errorType)
  span.end(endedAt)
}

function createSpan(parent: Context, type: ToolType, toolName?: string, startTime?: number): Span {
  const name = typeof toolName === 'string' && toolName !== '' ? boundedText(toolName) : undefined
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'vr_otel.tool_type': type,
    ...(name !== undefined && { 'gen_ai.tool.name': name }),
  }
  const options = { kind: SpanKind.INTERNAL, attributes, ...(startTime !== undefined && { startTime }) }
  return trace.getTracer('@vr/otel-instruments').startSpan(`execute_tool ${name ?? type}`, options, parent)
}

function setError(span: Span, errorType: string | undefined): void {
  if (errorType === undefined) return
  span.setAttribute('error.type', errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
