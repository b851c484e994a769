/** The tokens that the mock engine reports for a traffic mix. Its plan of each answer decides them. */
import { type Plan, planAnswer } from '../engine/plan.ts'
import type { PlannedRequest } from './traffic-mix.ts'

/** Outputs of the tools that the prompts call. */
const OUTPUTS = {
  function: { works: '4 degrees Celsius in Oslo', fails: 'no weather station in Atlantis' },
  mcp: { works: '0.85 EUR', fails: 'unknown currency ???' },
}

const TOOLS = { function: ['get_weather'], mcp: ['convert'] }

/** Token counts by `gen_ai_token_type`. */
export type TokenCounts = Readonly<Record<'input' | 'output', number>>

/** Returns the sums over all calls of the gateway to the engine. */
export function expectedTokens(requests: readonly PlannedRequest[]): TokenCounts {
  const plans = requests.filter(reportsUsage).flatMap(plansOf)
  const sum = (count: (plan: Plan) => number): number => plans.reduce((total, plan) => total + count(plan), 0)
  return {
    input: sum(({ promptTokens }) => promptTokens),
    output: sum(({ toolCall, words }) => (toolCall === undefined ? words.length : 1)),
  }
}

/** A stream of chat completions has no usage, because the load generator does not ask for it; a stream that breaks has none yet. */
function reportsUsage({ type, api }: PlannedRequest): boolean {
  return type === 'json' || (type === 'stream' && api === 'responses')
}

/** With a tool, the gateway calls the engine twice. */
function plansOf({ prompt, tool, toolFails }: PlannedRequest): Plan[] {
  if (tool === undefined) return [planAnswer(prompt, undefined, [], 0)]
  const output = OUTPUTS[tool][toolFails ? 'fails' : 'works']
  return [planAnswer(prompt, undefined, TOOLS[tool], 0), planAnswer(prompt, output, TOOLS[tool], 0)]
}
