import { type Attributes, type AttributeValue, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'
import { llmCallFacts } from '../testing/llm-call-facts.ts'
import { describeLlmCallSpan, isDescribedByActiveSpan } from './llm-call-span.ts'

/** Keeps what is set on a span. */
class TestSpan {
  readonly attributes: Attributes = {}
  name = 'POST'
  status: unknown

  setAttribute(key: string, value: AttributeValue): void {
    this.attributes[key] = value
  }

  setAttributes(attributes: Attributes): void {
    Object.assign(this.attributes, attributes)
  }

  updateName(name: string): void {
    this.name = name
  }

  setStatus(status: unknown): void {
    this.status = status
  }
}

const contextOf = (span: TestSpan) => trace.setSpan(ROOT_CONTEXT, span as unknown as Span)

function describeSpan(facts: LlmCallFacts, span = new TestSpan()): TestSpan {
  describeLlmCallSpan(span as unknown as Span, facts)
  return span
}

describe('the client span of a call to an engine', () => {
  it('has the attributes of the conventions', () => {
    const facts = llmCallFacts({ requestModel: 'gpt-4o', responseModel: 'gpt-4o-2024-08-06' })
    expect(describeSpan(facts)).toEqual({
      name: 'chat gpt-4o',
      status: undefined,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.stream': true,
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.response.id': 'chatcmpl-1',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.response.time_to_first_chunk': 0.5,
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 30,
        'gen_ai.usage.cache_read.input_tokens': 64,
        'gen_ai.usage.cache_write.input_tokens': 8,
        'gen_ai.usage.reasoning.output_tokens': 12,
        'openai.api.type': 'chat_completions',
      },
    })
  })

  it('has no attribute without a value', () => {
    const nothing = { responseId: undefined, usage: undefined, finishReasons: [], isStream: false }
    const facts = llmCallFacts({
      ...nothing,
      requestModel: undefined,
      responseModel: undefined,
      api: 'messages',
    })
    const { name, attributes } = describeSpan(facts)
    expect([name, attributes]).toEqual([
      'chat',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' },
    ])
  })

  it('has the status of an error that a response with status 200 contains', () => {
    const { status, attributes } = describeSpan(llmCallFacts({ errorType: 'rate_limit_exceeded' }))
    expect([status, attributes['error.type']]).toEqual([{ code: 2 }, 'rate_limit_exceeded'])
  })
})

describe('a call to an engine', () => {
  it.each([
    ['chat', true],
    ['generate_content', true],
    ['embeddings', true],
    ['execute_tool', false],
    ['invoke_agent', false],
    [undefined, false],
  ])('in a span with the operation %s is described: %s', (operation, isDescribed) => {
    const span = new TestSpan()
    if (operation !== undefined) span.setAttribute('gen_ai.operation.name', operation)
    expect(isDescribedByActiveSpan(contextOf(span))).toBe(isDescribed)
    expect(isDescribedByActiveSpan(ROOT_CONTEXT)).toBe(false)
  })
})
