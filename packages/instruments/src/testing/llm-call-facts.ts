import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'
import type { TokenUsage } from '../wire/facts.ts'

/** Returns the facts of a successful call by the chat completions API, with changes. */
export function llmCallFacts(changes: Partial<LlmCallFacts> = {}): LlmCallFacts {
  return {
    operation: 'chat',
    api: 'chat_completions',
    provider: 'openai',
    requestModel: 'm',
    responseModel: 'm',
    serverAddress: 'engine.example',
    serverPort: 8000,
    responseId: 'chatcmpl-1',
    status: 200,
    errorType: undefined,
    usage: tokenUsage(),
    isStream: true,
    isRead: true,
    isComplete: true,
    seconds: 2,
    secondsToFirstChunk: 0.5,
    finishReasons: ['stop'],
    toolCalls: 0,
    ...changes,
  }
}

/** Returns token counts in which every count has a value of its own. */
export function tokenUsage(): TokenUsage {
  return {
    type: 'token_usage',
    inputTokens: 100,
    outputTokens: 30,
    cachedInputTokens: 64,
    cacheWriteInputTokens: 8,
    reasoningTokens: 12,
  }
}
