import { expect, it } from 'vitest'
import { PROVIDER, providerOf } from './provider.ts'

it.each([
  ['responses', 'api.openai.com', 'openai'],
  ['chat_completions', '127.0.0.1', 'openai'],
  ['chat_completions', 'vllm.internal', 'openai'],
  [undefined, 'vllm.internal', 'openai'],
  ['messages', 'relay.internal', 'anthropic'],
  ['messages', 'api.anthropic.com', 'anthropic'],
  ['chat_completions', 'API.Mistral.AI', 'mistral_ai'],
  ['chat_completions', 'tenant.openai.azure.com', 'azure.ai.openai'],
  ['chat_completions', 'notgroq.com', 'openai'],
  ['chat_completions', 'x.ai.attacker.example', 'openai'],
])('the provider of the API %s at %s is %s', (api, address, provider) => {
  expect(providerOf(api, address)).toBe(provider)
  expect(PROVIDER.values).toContain(provider)
})
