import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { exactSamples, get, scrape } from '../scrape.ts'
import { startsOf, typed } from '../start-flags.ts'

const FRAMEWORKS = ['express', 'fastify']

/** Expected samples after one request for a user. */
const AFTER_TRAFFIC = [
  'vllm_responses_http_in_flight_requests 0',
  'vllm_responses_http_request_duration_seconds_count{method="GET",route="/users/{id}"} 1',
  'vllm_responses_http_requests_total{method="GET",route="/users/{id}",status="200"} 1',
  'vllm_responses_sse_connections_in_flight 0',
]

/** Checks that applications with a framework have route templates. */
export async function frameworks(checks: Checks, { folder }: Project): Promise<void> {
  for (const start of FRAMEWORKS.flatMap(startsOf)) {
    await checks.check(`${typed(start)} exposes route templates`, async () => {
      const args = [start.flag, '@vr/otel/register', start.file]
      await withServer(process.execPath, args, { cwd: folder }, exposesTemplates)
    })
  }
}

async function exposesTemplates(origin: string): Promise<void> {
  assert.deepEqual(JSON.parse(await get(`${origin}/users/7`)), { id: '7' })
  assert.deepEqual(exactSamples(await scrape(origin)), AFTER_TRAFFIC)
}
