import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendTraffic } from '../../examples/src/load-generator.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

/** 20 JSON responses, 12 complete streams, 3 aborted by the client, 2 with a failing engine, 2 not found, 1 failure; 4 calls of a function, 3 of a tool of an MCP server. */
const MIX = {
  json: 20,
  toolCalls: 4,
  toolErrors: 1,
  mcpCalls: 3,
  mcpErrors: 1,
  streams: 12,
  abortedStreams: 3,
  failedStreams: 2,
  notFound: 2,
  failing: 1,
}

const MCP_SERVERS = {
  exchange: {
    command: process.execPath,
    args: [new URL('../../examples/src/mcp-server.ts', import.meta.url).pathname],
  },
  broken: { command: 'missing-mcp-server' },
}

let engine: RunningApp

beforeAll(() => {
  engine = new RunningApp('../../examples/src/engine.ts', { flag: false })
})

afterAll(async () => void (await engine.kill()))

async function settled(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(url)
    const inFlight = [scraped.values('http_in_flight_requests'), scraped.values('sse_connections_in_flight')]
    return inFlight.every((values) => values[''] === 0) ? scraped : undefined
  })
}

describe.each([{}, { VR_METRICS_PORT: '0' }])('an unmodified gateway with the flag and %j', (env) => {
  it('exposes the exact counts of a known mix of traffic', async () => {
    const gateway = new RunningApp('../../examples/src/gateway.ts', {
      env: { ...env, PORT: '0', ENGINE_URL: await engine.url(), MCP_SERVERS: JSON.stringify(MCP_SERVERS) },
    })
    const url = await gateway.url()
    await sendTraffic(`${url}/v1`, MIX)
    const scraped = await settled(await gateway.metricsUrl())

    expect(scraped.values('http_requests_total')).toEqual({
      'method=POST,route=/v1/responses,status=200': 23, // 14 JSON, 6 streams, 2 aborted, 1 that fails
      'method=POST,route=/v1/chat/completions,status=200': 14, // 6 JSON, 6 streams, 1 aborted, 1 that fails
      'method=GET,route=/v1/responses/{response_id},status=404': 2,
      'method=POST,route=/v1/responses,status=502': 1,
    })
    expect(scraped.values('http_request_duration_seconds_count')).toEqual({
      'method=POST,route=/v1/responses': 24,
      'method=POST,route=/v1/chat/completions': 14,
      'method=GET,route=/v1/responses/{response_id}': 2,
    })
    expect(scraped.values('sse_streams_total')).toEqual({
      'outcome=completed,route=/v1/responses': 6,
      'outcome=completed,route=/v1/chat/completions': 6,
      'outcome=client_abort,route=/v1/responses': 2,
      'outcome=client_abort,route=/v1/chat/completions': 1,
      'outcome=upstream_error,route=/v1/responses': 1,
      'outcome=upstream_error,route=/v1/chat/completions': 1,
    })
    expect(scraped.values('sse_stream_duration_seconds_count')).toEqual({
      'route=/v1/responses': 9,
      'route=/v1/chat/completions': 8,
    })
    const toolCalls = { 'tool_type=function': 4, 'tool_type=mcp': 3 }
    expect(scraped.values('tool_calls_requested_total')).toEqual(toolCalls)
    expect(scraped.values('tool_calls_executed_total')).toEqual(toolCalls)
    expect(scraped.values('tool_execution_duration_seconds_count')).toEqual(toolCalls)
    expect(scraped.values('tool_errors_total')).toEqual({ 'tool_type=mcp': 1 })
    expect(scraped.values('mcp_server_startup_total')).toEqual({
      'server_label=mcp-server.ts,status=ok': 1,
      'server_label=missing-mcp-server,status=error': 1,
    })
    expect(scraped.values('http_in_flight_requests')).toEqual({ '': 0 })
    expect(scraped.values('sse_connections_in_flight')).toEqual({ '': 0 })
    await gateway.kill()
  })
})
