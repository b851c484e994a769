/** Paths of the OpenAI API: https://platform.openai.com/docs/api-reference */
const OPENAI = [
  '/v1/responses',
  '/v1/responses/compact',
  '/v1/responses/input_tokens',
  '/v1/responses/{response_id}',
  '/v1/responses/{response_id}/cancel',
  '/v1/responses/{response_id}/input_items',
  '/v1/conversations',
  '/v1/conversations/{conversation_id}',
  '/v1/conversations/{conversation_id}/items',
  '/v1/conversations/{conversation_id}/items/{item_id}',
  '/v1/chat/completions',
  '/v1/chat/completions/{completion_id}',
  '/v1/chat/completions/{completion_id}/messages',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/models',
  '/v1/models/{model}',
  '/v1/realtime',
  '/v1/realtime/calls',
  '/v1/realtime/client_secrets',
  '/v1/realtime/sessions',
  '/v1/realtime/transcription_sessions',
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
  '/v1/audio/translations',
  '/v1/images/edits',
  '/v1/images/generations',
  '/v1/images/variations',
  '/v1/files',
  '/v1/files/{file_id}',
  '/v1/files/{file_id}/content',
  '/v1/uploads',
  '/v1/uploads/{upload_id}/cancel',
  '/v1/uploads/{upload_id}/complete',
  '/v1/uploads/{upload_id}/parts',
  '/v1/batches',
  '/v1/batches/{batch_id}',
  '/v1/batches/{batch_id}/cancel',
  '/v1/vector_stores',
  '/v1/vector_stores/{vector_store_id}',
  '/v1/vector_stores/{vector_store_id}/files',
  '/v1/vector_stores/{vector_store_id}/files/{file_id}',
  '/v1/vector_stores/{vector_store_id}/search',
]

/** Further paths of the server of vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
const VLLM = [
  '/ping',
  '/version',
  '/load',
  '/tokenize',
  '/detokenize',
  '/pooling',
  '/classify',
  '/score',
  '/v1/score',
  '/rerank',
  '/v1/rerank',
  '/v2/rerank',
  '/invocations',
  '/v1/load_lora_adapter',
  '/v1/unload_lora_adapter',
]

/** Further paths of the Anthropic API: https://docs.claude.com/en/api/overview */
const ANTHROPIC = [
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/messages/batches',
  '/v1/messages/batches/{message_batch_id}',
  '/v1/messages/batches/{message_batch_id}/cancel',
  '/v1/messages/batches/{message_batch_id}/results',
]

/**
 * Usual paths of MCP servers: `/mcp` for streamable HTTP, and `/sse` with `/messages` for its predecessor (HTTP with SSE).
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
 */
const MCP = ['/mcp', '/sse', '/messages']

/** Templates of the paths of the OpenAI, vLLM, Anthropic and MCP APIs: the default of `VR_METRICS_ROUTES`. */
export const API_ROUTES: readonly string[] = [...OPENAI, ...VLLM, ...ANTHROPIC, ...MCP]
