import { type Context, type Span, trace } from '@opentelemetry/api'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'
import { capturesContent } from './content/capture-flag.ts'
import { LlmContent } from './content/llm-content.ts'
import { describeLlmCallSpan, isDescribedByActiveSpan } from './llm-call-span.ts'

/** Describes one call to an engine on its client span. */
export class LlmCallTrace {
  readonly #span: Span
  /** `undefined` if the span has no content. */
  readonly content: LlmContent | undefined

  private constructor(span: Span, content: LlmContent | undefined) {
    this.#span = span
    this.content = content
  }

  /**
   * Called when the client span has started, before a body is sent.
   * @param context the context that has the client span
   * @param parent the context in which the call is made
   * @returns `undefined` if the span does not record, or another instrumentation describes the call on the parent
   */
  static start(context: Context, parent: Context): LlmCallTrace | undefined {
    const span = trace.getSpan(context)
    if (span?.isRecording() !== true || isDescribedByActiveSpan(parent)) return undefined
    return new LlmCallTrace(span, capturesContent(context) ? new LlmContent() : undefined)
  }

  /** Called once, before the span ends. Never throws. */
  end(facts: LlmCallFacts): void {
    try {
      describeLlmCallSpan(this.#span, facts)
      if (this.content !== undefined) this.#span.setAttributes(this.content.attributes(facts.isStream))
    } catch (error) {
      internalErrors.report('llm_call_span', error)
    }
  }
}
