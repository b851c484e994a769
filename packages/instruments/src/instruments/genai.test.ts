import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { llmCallFacts, tokenUsage } from '../testing/llm-call-facts.ts'
import { type Recorded, RecordingProvider } from '../testing/recording-provider.ts'
import type { InstrumentDefinition } from './definition.ts'
import { GatewayInstruments } from './gateway-instruments.ts'
import type { GenAiInstruments } from './genai.ts'
import {
  type GenAiConventions,
  type GenAiQuantity,
  LATEST_GENAI_DEFINITIONS,
  RELEASED_GENAI_DEFINITIONS,
} from './genai-names.ts'
import type { LlmCallFacts } from './llm-call-facts.ts'

const context = ROOT_CONTEXT.setValue(createContextKey('call'), 1)

const CALL = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'm',
  'gen_ai.response.model': 'm',
  'server.address': 'engine.example',
  'server.port': 8000,
}

function open(genAiConventions: GenAiConventions = 'released'): {
  readonly calls: readonly Recorded[]
  readonly genai: GenAiInstruments
} {
  const meterProvider = new RecordingProvider()
  const { genai } = new GatewayInstruments({ meterProvider, groups: ['genai'], genAiConventions })
  return { calls: meterProvider.calls, genai: genai as GenAiInstruments }
}

/** Returns what is recorded for a call: names and values. */
function recorded(facts: LlmCallFacts, conventions?: GenAiConventions): (readonly [string, number])[] {
  const { calls, genai } = open(conventions)
  genai.callEnded(facts, context)
  return calls.map(({ name, value }) => [name, value])
}

describe.each(['released', 'latest'] as const)('a call by the %s conventions', (genAiConventions) => {
  /** Returns the names of what is recorded if one instrument fails. */
  function recordedWithout(failing: string): string[] {
    const meterProvider = new RecordingProvider()
    meterProvider.calls.push = function push(this: Recorded[], ...calls: Recorded[]): number {
      if (calls.some(({ name }) => name === failing)) throw new Error(failing)
      return Array.prototype.push.apply(this, calls)
    }
    const { genai } = new GatewayInstruments({ meterProvider, groups: ['genai'], genAiConventions })
    genai?.callEnded(llmCallFacts(), context)
    return meterProvider.calls.map(({ name }) => name)
  }

  it('is recorded by all other instruments if one fails', () => {
    const all = recordedWithout('')
    expect(all.length).toBeGreaterThan(3)
    for (const failing of all)
      expect(recordedWithout(failing)).toEqual(all.filter((name) => name !== failing))
  })
})

describe('a call to an engine', () => {
  it('is recorded with its attributes and its context', () => {
    const { calls, genai } = open()
    genai.callEnded(llmCallFacts(), context)
    const record = (name: string, value: number, attributes = {}): Recorded => ({
      name,
      value,
      attributes: { ...CALL, ...attributes },
      context,
    })
    expect(calls).toEqual([
      record('gen_ai.client.operation.duration', 2),
      record('gen_ai.client.operation.time_to_first_chunk', 0.5),
      record('gen_ai.client.token.usage', 100, { 'gen_ai.token.type': 'input' }),
      record('gen_ai.client.token.usage', 30, { 'gen_ai.token.type': 'output' }),
      record('vr_otel.gen_ai.cache_read.input_tokens', 64),
      record('vr_otel.gen_ai.cache_write.input_tokens', 8),
      record('vr_otel.gen_ai.reasoning.output_tokens', 12),
    ])
  })

  it('has error.type on its duration alone', () => {
    const { calls, genai } = open()
    genai.callEnded(llmCallFacts({ errorType: 'ECONNRESET' }), context)
    const withError = calls.filter(({ attributes }) => 'error.type' in attributes)
    expect(withError).toEqual([
      {
        name: 'gen_ai.client.operation.duration',
        value: 2,
        attributes: { ...CALL, 'error.type': 'ECONNRESET' },
        context,
      },
    ])
  })

  it('has no response model, and does not confirm the requested one, if its status is an error', () => {
    const { calls, genai } = open()
    const facts = { status: 404, errorType: '404', usage: undefined, isStream: false }
    genai.callEnded(llmCallFacts({ ...facts, requestModel: 'made-up', responseModel: 'made-up' }), context)
    expect(calls.map(({ attributes }) => attributes)).toEqual([
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'other',
        'server.address': 'engine.example',
        'server.port': 8000,
        'error.type': '404',
      },
    ])
  })

  it('is counted as a stream without usage if it was answered and reported no tokens', () => {
    const withoutUsage = { usage: undefined, secondsToFirstChunk: undefined }
    expect(recorded(llmCallFacts(withoutUsage))).toEqual([
      ['gen_ai.client.operation.duration', 2],
      ['vr_otel.gen_ai.streams_without_usage', 1],
    ])
    for (const changes of [{ isStream: false }, { status: 503 }, { status: undefined }])
      expect(recorded(llmCallFacts({ ...withoutUsage, ...changes }))).toEqual([
        ['gen_ai.client.operation.duration', 2],
      ])
  })

  it('records only the token counts that the engine reported', () => {
    const usage = { ...tokenUsage(), inputTokens: undefined, cacheWriteInputTokens: undefined }
    expect(recorded(llmCallFacts({ usage, isStream: false }))).toEqual([
      ['gen_ai.client.operation.duration', 2],
      ['gen_ai.client.token.usage', 30],
      ['vr_otel.gen_ai.cache_read.input_tokens', 64],
      ['vr_otel.gen_ai.reasoning.output_tokens', 12],
    ])
  })
})

describe('a call to an engine, by the latest conventions', () => {
  const DURATION = ['gen_ai.client.inference.duration', 2]
  const FIRST_CHUNK = ['gen_ai.client.inference.time_to_first_chunk', 0.5]
  const COUNTERS = [
    ['gen_ai.client.inference.usage.input_tokens', 100],
    ['gen_ai.client.inference.usage.output_tokens', 30],
    ['gen_ai.client.inference.usage.cache_read.input_tokens', 64],
    ['gen_ai.client.inference.usage.cache_write.input_tokens', 8],
    ['gen_ai.client.inference.usage.reasoning.output_tokens', 12],
  ]

  it('has counters, and histograms if it succeeded', () => {
    expect(recorded(llmCallFacts(), 'latest')).toEqual([
      DURATION,
      FIRST_CHUNK,
      ...COUNTERS,
      ['gen_ai.client.inference.operation.input_tokens', 100],
      ['gen_ai.client.inference.operation.output_tokens', 30],
    ])
    expect(recorded(llmCallFacts({ errorType: 'x' }), 'latest')).toEqual([DURATION, FIRST_CHUNK, ...COUNTERS])
  })

  it('counts 0 tokens of an unknown modality if it reported none', () => {
    const { calls, genai } = open('latest')
    const failed = { status: 500, errorType: '500', usage: undefined, isStream: false }
    genai.callEnded(llmCallFacts(failed), context)
    expect(calls.slice(1).map(({ name, value, attributes }) => [name, value, attributes])).toEqual(
      ['input', 'output'].map((kind) => [
        `gen_ai.client.inference.usage.${kind}_tokens`,
        0,
        expect.objectContaining({ 'gen_ai.token.modality': 'unknown' }),
      ]),
    )
  })

  it('has the metrics of embeddings if it is one', () => {
    const embeddings = llmCallFacts({ operation: 'embeddings', isStream: false })
    expect(recorded(embeddings, 'latest')).toEqual([
      ['gen_ai.client.embeddings.duration', 2],
      ['gen_ai.client.embeddings.operation.input_tokens', 100],
    ])
    expect(recorded({ ...embeddings, errorType: '500' }, 'latest')).toEqual([
      ['gen_ai.client.embeddings.duration', 2],
    ])
  })
})

it.each([
  ['released', RELEASED_GENAI_DEFINITIONS],
  ['latest', LATEST_GENAI_DEFINITIONS],
] as const)('records each instrument with the attributes of its definition: %s', (conventions, all) => {
  const { calls, genai } = open(conventions)
  const failed = llmCallFacts({ errorType: '_OTHER' })
  genai.outputChunks(failed)?.record(1, context)
  for (const operation of ['chat', 'embeddings'] as const)
    for (const facts of [failed, llmCallFacts(), llmCallFacts({ usage: undefined })])
      genai.callEnded({ ...facts, operation }, context)
  genai.toolExecuted('t', 1, '_OTHER', context)
  const recorded = Map.groupBy(calls, ({ name }) => name)
  const keys = (name: string): string[] => [
    ...new Set(recorded.get(name)?.flatMap(({ attributes }) => Object.keys(attributes))),
  ]
  const definitions: readonly InstrumentDefinition[] = Object.values(all)
  expect([...recorded.keys()].sort()).toEqual(definitions.map(({ name }) => name).sort())
  for (const { name, attributes } of definitions)
    expect([name, ...keys(name).sort()]).toEqual([name, ...attributes.map(({ name: key }) => key).sort()])
})

describe('the chunks of a call', () => {
  it('are recorded with the attributes that the call has', () => {
    const { calls, genai } = open()
    genai.outputChunks(llmCallFacts({ responseModel: undefined }))?.record(0.1, context)
    const series = genai.outputChunks(llmCallFacts())
    series?.record(0.2, context)
    series?.record(0.3, context)
    const name = 'gen_ai.client.operation.time_per_output_chunk'
    const { 'gen_ai.response.model': _, ...rest } = CALL
    const unnamed = { ...rest, 'gen_ai.request.model': 'other' }
    expect(calls).toEqual([
      { name, value: 0.1, attributes: unnamed, context },
      { name, value: 0.2, attributes: CALL, context },
      { name, value: 0.3, attributes: CALL, context },
    ])
  })
})

describe('a tool call', () => {
  it('is recorded with its name and its error', () => {
    const { calls, genai } = open()
    genai.toolExecuted('search', 1, undefined, context)
    genai.toolExecuted(undefined, 2, 'timeout', context)
    const name = 'gen_ai.execute_tool.duration'
    expect(calls).toEqual([
      { name, value: 1, attributes: { 'gen_ai.tool.name': 'search' }, context },
      { name, value: 2, attributes: { 'error.type': 'timeout' }, context },
    ])
  })
})

describe('a quantity that another instrumentation records', () => {
  const ALL = [
    'gen_ai.client.operation.time_per_output_chunk',
    ...new Set(recorded(llmCallFacts()).map(([name]) => name)),
    'gen_ai.execute_tool.duration',
  ]
  const TOKENS = ALL.filter((name) => /tokens|token\.usage/.test(name))

  it.each<[GenAiQuantity, string[]]>([
    ['duration', ['gen_ai.client.operation.duration']],
    ['tokens', TOKENS],
    ['first_chunk', ['gen_ai.client.operation.time_to_first_chunk']],
    ['output_chunk', ['gen_ai.client.operation.time_per_output_chunk']],
    ['tool', ['gen_ai.execute_tool.duration']],
  ])('is not recorded a second time: %s', (quantity, replaced) => {
    const { calls, genai } = open()
    genai.replaceBy(quantity)
    const facts = llmCallFacts()
    genai.outputChunks(facts)?.record(1, context)
    genai.callEnded(facts, context)
    genai.toolExecuted('t', 1, undefined, context)
    const names = new Set(calls.map(({ name }) => name))
    expect([...names]).toEqual(ALL.filter((name) => !replaced.includes(name)))
  })
})
