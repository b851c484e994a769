import assert from 'node:assert/strict'

/**
 * Totals of the four calls that a client makes in `apps/llm-calls.mjs`: a stream of 21 chunks that is sent byte by byte, JSON, the
 * same stream in gzip, and one that is cut after its fourth chunk.
 */
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

/** The clients of `apps/llm-calls.mjs`, in order. */
const CLIENTS = ['fetch', 'node:http', 'undici.request', 'undici.stream', 'undici.fetch']

/**
 * Throws unless every client received the bytes that the engine sent, and the metrics are exact after each.
 * @param stdout output of `apps/llm-calls.mjs`
 */
export function assertLlmCalls(stdout: string): void {
  const clients = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; isSame: boolean; totals: object })
  const expected = CLIENTS.map((name, i) => {
    const totals = Object.entries(EACH).map(([key, total]) => [key, total * (i + 1)])
    return { name, isSame: true, totals: Object.fromEntries(totals) }
  })
  assert.deepEqual(clients, expected)
}
