import { type Context, createContextKey } from '@opentelemetry/api'

const CAPTURES_CONTENT = createContextKey('vr.otel.captures_content')

/** Returns a context that wants the content of the call on its client span: prompts, outputs and tool arguments. */
export function withContentCapture(context: Context): Context {
  return context.setValue(CAPTURES_CONTENT, true)
}

/** Returns whether the context of a client span comes from {@link withContentCapture}. */
export function capturesContent(context: Context): boolean {
  return context.getValue(CAPTURES_CONTENT) === true
}
