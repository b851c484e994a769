import type { AttributeDefinition } from './attribute.ts'

/** Providers by the end of their host names; the names are those of the semantic conventions for generative AI. */
const PROVIDERS: readonly (readonly [suffix: string, provider: string])[] = [
  ['.openai.azure.com', 'azure.ai.openai'],
  ['.services.ai.azure.com', 'azure.ai.inference'],
  ['.openai.com', 'openai'],
  ['.anthropic.com', 'anthropic'],
  ['.mistral.ai', 'mistral_ai'],
  ['.deepseek.com', 'deepseek'],
  ['.groq.com', 'groq'],
  ['.x.ai', 'x_ai'],
  ['.perplexity.ai', 'perplexity'],
  ['.cohere.com', 'cohere'],
  ['.cohere.ai', 'cohere'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['.amazonaws.com', 'aws.bedrock'],
]

/** `gen_ai.provider.name` of a call to an LLM API. */
export const PROVIDER = {
  name: 'gen_ai.provider.name',
  values: [...new Set(PROVIDERS.map(([, provider]) => provider))],
  overflow: undefined,
  description: 'provider by host name; for any other host the provider whose API it has, such as `openai`',
} as const satisfies AttributeDefinition

/**
 * Returns the provider of a call.
 * @param api name of the wire format; `undefined` if it is not known
 * @param address host name of the server
 */
export function providerOf(api: string | undefined, address: string): string {
  const host = `.${address.toLowerCase()}`
  const known = PROVIDERS.find(([suffix]) => host.endsWith(suffix))
  return known?.[1] ?? (api === 'messages' ? 'anthropic' : 'openai')
}
