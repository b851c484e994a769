import { expect, it } from 'vitest'
import { apiOfPath, isModelListPath } from './llm-api-path.ts'

it.each([
  ['/v1/responses', 'responses', 'chat'],
  ['/v1/chat/completions?api-version=1', 'chat_completions', 'chat'],
  ['/openai/deployments/a/chat/completions/', 'chat_completions', 'chat'],
  ['https://host/prefix/v1/completions', 'completions', 'text_completion'],
  ['/v1/messages', 'messages', 'chat'],
  ['/v1/embeddings', 'embeddings', 'embeddings'],
])('finds the API of %s', (target, api, operation) => {
  expect(apiOfPath(target)).toEqual({ api, operation })
})

it.each(['/v1/responses/resp_1/cancel', '/v1/messages/count_tokens?beta=true', '/v1/moderations'])(
  'rules out an API for %s',
  (target) => {
    expect(apiOfPath(target)).toBe('none')
  },
)

it.each(['/', '', '/v1/responses/resp_1', '/v1/myresponses', '/mcp', '/?path=/v1/responses'])(
  'does not find an API in %s',
  (target) => {
    expect(apiOfPath(target)).toBeUndefined()
  },
)

it('finds the list of models', () => {
  const targets = ['/v1/models', '/v1/models?limit=1', '/v1/models/a', '/v1/responses']
  expect(targets.map(isModelListPath)).toEqual([true, true, false, false])
})
