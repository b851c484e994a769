import type { ServerResponse } from 'node:http'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'
import type { ReadinessReport } from './readiness.ts'

/** Answers `200 {}`, the answer of vllm-responses to `/health`: the process runs and its event loop responds. */
export const liveHandler: RequestHandler = (_request, response) => sendJson(response, 200, {})

/** Creates a handler that answers 200 if all checks are ready, else 503, both with the checks as JSON. */
export function createReadyHandler(read: () => ReadinessReport): RequestHandler {
  return (_request, response) => {
    const { checks, mcpServers } = read()
    const isReady = checks.every((check) => check.isReady)
    sendJson(response, isReady ? 200 : 503, {
      status: isReady ? 'ready' : 'not_ready',
      checks: checks.map(({ name, isReady: ready, reason }) => ({ name, ready, reason })),
      mcp_servers: mcpServers.map(({ serverLabel, status }) => ({ server_label: serverLabel, status })),
    })
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
