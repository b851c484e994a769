import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { exactSamples, get, scrape } from '../scrape.ts'
import { startsOf, typed } from '../start-flags.ts'

/** Expected samples after one request for each page. */
const AFTER_TRAFFIC = `
vllm_responses_http_in_flight_requests 0
vllm_responses_http_request_duration_seconds_count{method="GET",route="unmatched"} 3
vllm_responses_http_requests_total{method="GET",route="unmatched",status="200"} 3
vllm_responses_mcp_server_startup_total{server_label="files",status="ok"} 1
vllm_responses_sse_connections_in_flight 0
vllm_responses_sse_stream_duration_seconds_count{route="unmatched"} 1
vllm_responses_tool_calls_executed_total{tool_type="function"} 1
vllm_responses_tool_calls_executed_total{tool_type="mcp"} 1
vllm_responses_tool_calls_requested_total{tool_type="function"} 1
vllm_responses_tool_errors_total{tool_type="mcp"} 1
vllm_responses_tool_execution_duration_seconds_count{tool_type="function"} 1
vllm_responses_tool_execution_duration_seconds_count{tool_type="mcp"} 1
`
  .trim()
  .split('\n')

/** The start line, without any other output such as a warning of Node. */
const ONLY_START_LINE = /^@vr\/otel \d+\.\d+\.\d+\S*: metrics at http:\/\/127\.0\.0\.1:\d+\/metrics .*\n$/

/**
 * Checks that a `node:http` application exposes the ten metrics on its own server and has no other output.
 * @param node executable of the Node that runs it
 */
export async function plainServers(
  checks: Checks,
  plain: Project,
  node: string,
  label: string,
): Promise<void> {
  for (const start of startsOf('server')) {
    await checks.check(`${label}: ${typed(start)} exposes the ten metrics`, async () => {
      const args = [start.flag, '@vr/otel/register', start.file]
      const ended = await withServer(node, args, { cwd: plain.folder }, exposesTheTenMetrics)
      assert.match(ended.stdout, /^\d+\n$/)
      assert.match(ended.stderr, ONLY_START_LINE)
      assert.equal(ended.code, null, 'SIGTERM ends the process')
    })
  }
}

async function exposesTheTenMetrics(origin: string): Promise<void> {
  assert.equal(await get(`${origin}/`), 'hello')
  assert.equal(await get(`${origin}/stream`), 'data: {}\n\ndata: [DONE]\n\n')
  assert.equal(await get(`${origin}/tools`), 'used')
  assert.deepEqual(exactSamples(await scrape(origin)), AFTER_TRAFFIC)
}
