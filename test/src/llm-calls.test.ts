import { it } from 'vitest'
import { assertLlmCalls } from '../frameworks/llm-call-totals.ts'
import { RunningApp } from './running-app.ts'

it('counts calls to an LLM API exactly with each HTTP client, and does not change their bodies', async () => {
  const app = new RunningApp('llm-calls.mjs', { env: { UNDICI: 'undici' } })
  await app.waitForOutput(/"undici\.fetch".*\n/)
  assertLlmCalls(app.stdout)
})
