import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { CALL_ERROR_TYPE } from '../cardinality/call-error-type.ts'
import { GEN_AI_OPERATION, TOKEN_MODALITY, TOKEN_TYPE, TOOL_NAME } from '../cardinality/gen-ai.ts'
import { REQUEST_MODEL, RESPONSE_MODEL } from '../cardinality/model.ts'
import { PROVIDER } from '../cardinality/provider.ts'
import { SERVER_ADDRESS, SERVER_PORT } from '../cardinality/server.ts'
import type { InstrumentDefinition } from './definition.ts'

/**
 * The names of the metrics for generative AI. The conventions are in development under both names.
 *
 * - `released`: the semantic conventions 1.41, which are the last release with these metrics.
 * - `latest`: the repository `open-telemetry/semantic-conventions-genai` in October 2026. It has no release yet.
 */
export type GenAiConventions = 'released' | 'latest'

const CALL: readonly AttributeDefinition[] = [
  GEN_AI_OPERATION,
  PROVIDER,
  REQUEST_MODEL,
  RESPONSE_MODEL,
  SERVER_ADDRESS,
  SERVER_PORT,
]

/** The parts of a definition that do not depend on its name. */
const SECONDS = { kind: 'histogram', unit: 's', buckets: 'genai' } as const
const TOKENS = { kind: 'histogram', unit: '{token}', buckets: 'tokens' } as const
const TOKEN_COUNT = { kind: 'counter', unit: '{token}' } as const

const DURATION = {
  ...SECONDS,
  description:
    'Duration of calls to an engine, to the end of the response or to the failure. A retry is another call.',
  attributes: [...CALL, CALL_ERROR_TYPE],
} as const
const TIME_TO_FIRST_CHUNK = {
  ...SECONDS,
  description: 'Time from the start of a streaming call to the first chunk of its response.',
  attributes: CALL,
} as const
const TIME_PER_OUTPUT_CHUNK = {
  ...SECONDS,
  description:
    'Time between consecutive events of a streaming response. A response of n events has n-1 values; the value is 0 for events that arrive together.',
  attributes: CALL,
} as const

/** Instruments that have the same name in all conventions. */
const ALWAYS = {
  toolDuration: {
    ...SECONDS,
    name: 'gen_ai.execute_tool.duration',
    description: 'Duration of tool calls that the gateway executed.',
    attributes: [TOOL_NAME, CALL_ERROR_TYPE],
  },
  streamsWithoutUsage: {
    name: 'vr_otel.gen_ai.streams_without_usage',
    kind: 'counter',
    unit: '{stream}',
    description:
      'Streams of an engine that ended without token counts. Their tokens are in no metric: counts are never estimated.',
    attributes: CALL,
  },
} as const satisfies Record<string, InstrumentDefinition>

/** The instruments under the released names. */
export const RELEASED_GENAI_DEFINITIONS = {
  duration: { ...DURATION, name: 'gen_ai.client.operation.duration' },
  timeToFirstChunk: { ...TIME_TO_FIRST_CHUNK, name: 'gen_ai.client.operation.time_to_first_chunk' },
  timePerOutputChunk: { ...TIME_PER_OUTPUT_CHUNK, name: 'gen_ai.client.operation.time_per_output_chunk' },
  tokens: {
    ...TOKENS,
    name: 'gen_ai.client.token.usage',
    description: 'Input and output tokens of calls to an engine, as the engine reported them.',
    attributes: [...CALL, TOKEN_TYPE],
  },
  cacheRead: {
    ...TOKEN_COUNT,
    name: 'vr_otel.gen_ai.cache_read.input_tokens',
    description: 'Input tokens that the engine read from a cache; part of the input tokens.',
    attributes: CALL,
  },
  cacheWrite: {
    ...TOKEN_COUNT,
    name: 'vr_otel.gen_ai.cache_write.input_tokens',
    description: 'Input tokens that the engine wrote to a cache; part of the input tokens.',
    attributes: CALL,
  },
  reasoning: {
    ...TOKEN_COUNT,
    name: 'vr_otel.gen_ai.reasoning.output_tokens',
    description: 'Output tokens that the engine spent on reasoning; part of the output tokens.',
    attributes: CALL,
  },
  ...ALWAYS,
} as const satisfies Record<string, InstrumentDefinition>

const TOKEN_COUNT_ATTRIBUTES = [...CALL, TOKEN_MODALITY]

/** The instruments under the latest names; {@link RELEASED_GENAI_DEFINITIONS} are not recorded then. */
export const LATEST_GENAI_DEFINITIONS = {
  duration: { ...DURATION, name: 'gen_ai.client.inference.duration' },
  embeddingsDuration: {
    ...DURATION,
    name: 'gen_ai.client.embeddings.duration',
    description: 'Duration of embeddings calls to an engine.',
  },
  timeToFirstChunk: { ...TIME_TO_FIRST_CHUNK, name: 'gen_ai.client.inference.time_to_first_chunk' },
  timePerOutputChunk: { ...TIME_PER_OUTPUT_CHUNK, name: 'gen_ai.client.inference.time_per_output_chunk' },
  input: {
    ...TOKEN_COUNT,
    name: 'gen_ai.client.inference.usage.input_tokens',
    description: 'Input tokens of calls to an engine, with those read from a cache.',
    attributes: TOKEN_COUNT_ATTRIBUTES,
  },
  output: {
    ...TOKEN_COUNT,
    name: 'gen_ai.client.inference.usage.output_tokens',
    description: 'Output tokens of calls to an engine, with those of reasoning.',
    attributes: TOKEN_COUNT_ATTRIBUTES,
  },
  cacheRead: {
    ...TOKEN_COUNT,
    name: 'gen_ai.client.inference.usage.cache_read.input_tokens',
    description: 'Input tokens that the engine read from a cache; part of the input tokens.',
    attributes: TOKEN_COUNT_ATTRIBUTES,
  },
  cacheWrite: {
    ...TOKEN_COUNT,
    name: 'gen_ai.client.inference.usage.cache_write.input_tokens',
    description: 'Input tokens that the engine wrote to a cache; part of the input tokens.',
    attributes: TOKEN_COUNT_ATTRIBUTES,
  },
  reasoning: {
    ...TOKEN_COUNT,
    name: 'gen_ai.client.inference.usage.reasoning.output_tokens',
    description: 'Output tokens that the engine spent on reasoning; part of the output tokens.',
    attributes: TOKEN_COUNT_ATTRIBUTES,
  },
  inputOfCall: {
    ...TOKENS,
    name: 'gen_ai.client.inference.operation.input_tokens',
    description: 'Input tokens of one successful call.',
    attributes: CALL,
  },
  outputOfCall: {
    ...TOKENS,
    name: 'gen_ai.client.inference.operation.output_tokens',
    description: 'Output tokens of one successful call.',
    attributes: CALL,
  },
  embeddingsInput: {
    ...TOKENS,
    name: 'gen_ai.client.embeddings.operation.input_tokens',
    description: 'Input tokens of one successful embeddings call.',
    attributes: CALL,
  },
  ...ALWAYS,
} as const satisfies Record<string, InstrumentDefinition>

/** A quantity that instrumentations of client libraries record too, under a name of any version of the conventions. */
export type GenAiQuantity = 'duration' | 'tokens' | 'first_chunk' | 'output_chunk' | 'tool'

const QUANTITIES: readonly (readonly [name: RegExp, quantity: GenAiQuantity])[] = [
  [/^gen_ai\.client\.(operation|inference|embeddings)\.duration$/, 'duration'],
  [/^gen_ai\.client\.(token\.usage$|(inference|embeddings)\.(usage|operation)\.)/, 'tokens'],
  [/^gen_ai\.client\.(operation|inference)\.time_to_first_chunk$/, 'first_chunk'],
  [/^gen_ai\.client\.(operation|inference)\.time_per_output_chunk$/, 'output_chunk'],
  [/^gen_ai\.execute_tool\.duration$/, 'tool'],
]

/** Returns the quantity that an instrument of another instrumentation records; `undefined` if it is none of ours. */
export function genAiQuantityOf(instrumentName: string): GenAiQuantity | undefined {
  return QUANTITIES.find(([name]) => name.test(instrumentName))?.[1]
}
