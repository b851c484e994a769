import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { get, scrape } from '../scrape.ts'

const STREAMS = /^vllm_responses_sse_stream_duration_seconds_count\{.*route="\/orders\/\{id\}".*\} 1$/m
const REQUESTS = /^vllm_responses_http_requests_total\{.*route="\/orders\/\{id\}".*\} 2$/m
const OUTCOME = /outcome="upstream_error".*\} 1$/m

/** Checks that the library which an application installs works in requests that the copy in `@vr/otel` observes. */
export async function twoCopies(checks: Checks, { folder }: Project): Promise<void> {
  await checks.check(
    'an installed @vr/otel-instruments shares requests with the copy in @vr/otel',
    async () => {
      const args = ['--import', '@vr/otel/register', 'two-copies.mjs']
      await withServer(process.execPath, args, { cwd: folder }, async (origin) => {
        await get(`${origin}/orders/7`)
        await get(`${origin}/orders/stream`)
        const text = await scrape(origin)
        for (const pattern of [REQUESTS, STREAMS, OUTCOME]) assert.match(text, pattern)
      })
    },
  )
}
