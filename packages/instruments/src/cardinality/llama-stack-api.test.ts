import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LLAMA_STACK_API, llamaStackApi, UNKNOWN_API } from './llama-stack-api.ts'

it.each<[string | undefined, string]>([
  ['/v1/chat/completions', 'chat'],
  ['/v1/models/{model}', 'models'],
  ['/v1alpha/post-training/jobs', 'post-training'],
  ['/v1beta2/datasetio/rows', 'datasetio'],
  ['/v1/openai/v1/models', 'openai'],
  ['/gateway/v1/responses', 'responses'],
  ['/v1/models?limit=2', 'models'],
  ['http://host:1/v1/models', 'models'],
  ['/health', 'health'],
  ['http://host/health?x=/v1/chat', 'health'],
  ['/v1/boom', 'unknown'],
  ['/v1/{api}', 'unknown'],
  ['/v1', 'unknown'],
  ['/nope/chat', 'unknown'],
  ['/v1/Chat', 'unknown'],
  ['/', 'unknown'],
  ['*', 'unknown'],
  [undefined, 'unknown'],
])('returns the API of %s: %s', (path, api) => {
  expect(llamaStackApi(path)).toBe(api)
})

it('returns a listed value for any path', () => {
  const allowed = new Set<string>([...LLAMA_STACK_API.values, UNKNOWN_API])
  const segment = fc.oneof(fc.constantFrom('v1', 'v1beta', 'chat', 'http:', ''), fc.string())
  fc.assert(
    fc.property(fc.array(segment), (segments) => allowed.has(llamaStackApi(`/${segments.join('/')}`))),
  )
})
