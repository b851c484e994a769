import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

/** Totals of the four calls of each client: a stream sent byte by byte, JSON, a stream in gzip, and one that is cut. */
const EACH = {
  'upstream_attempts_total ok': 3,
  'upstream_attempts_total server_error': 1,
  operation_duration_seconds_count: 4,
  operation_time_to_first_chunk_seconds_count: 3,
  operation_time_per_output_chunk_seconds_count: 20 + 20 + 3,
  'token_usage_count input': 3,
  'token_usage_sum input': 3 + 5 + 3,
  'token_usage_count output': 3,
  'token_usage_sum output': 20 + 7 + 20,
}

it('counts calls to an LLM API exactly with each HTTP client, and does not change their bodies', async () => {
  const app = new RunningApp('llm-calls.mjs', { env: { UNDICI: 'undici' } })
  await app.waitForOutput(/"undici\.fetch".*\n/)
  const lines = app.stdout.split('\n').filter((line) => line.startsWith('{'))
  const clients = lines.map((line) => JSON.parse(line) as { name: string; isSame: boolean; totals: object })
  expect(clients.map(({ name }) => name)).toEqual([
    'fetch',
    'node:http',
    'undici.request',
    'undici.stream',
    'undici.fetch',
  ])
  for (const [i, { isSame, totals }] of clients.entries()) {
    const expected = Object.entries(EACH).map(([name, total]) => [name, total * (i + 1)])
    expect([isSame, totals]).toEqual([true, Object.fromEntries(expected)])
  }
})
