import type { AttributeDefinition } from './attribute.ts'

/** `gen_ai.operation.name` of calls to an engine. */
export const GEN_AI_OPERATION = {
  name: 'gen_ai.operation.name',
  values: ['chat', 'text_completion', 'embeddings'],
  overflow: undefined,
  description: 'kind of call: `chat` for the Responses, chat completions and Messages APIs',
} as const satisfies AttributeDefinition

/** `gen_ai.token.type` of the released conventions. */
export const TOKEN_TYPE = {
  name: 'gen_ai.token.type',
  values: ['input', 'output'],
  overflow: undefined,
  description: 'input tokens include those read from a cache, output tokens include those of reasoning',
} as const satisfies AttributeDefinition

/** `gen_ai.token.modality` of the latest conventions. */
export const TOKEN_MODALITY = {
  name: 'gen_ai.token.modality',
  values: ['unknown'],
  overflow: undefined,
  description: 'always `unknown`: the APIs do not report token counts by modality',
} as const satisfies AttributeDefinition

/** `gen_ai.tool.name`. */
export const TOOL_NAME = {
  name: 'gen_ai.tool.name',
  values: [],
  limit: 100,
  overflow: 'other',
  description: 'names of tools that the gateway executed',
} as const satisfies AttributeDefinition
