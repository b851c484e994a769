import type { RequestHandler } from '../lifecycle/instance.ts'

/**
 * Answers `200 {}`, the answer of vllm-responses to `/health`.
 * @example
 * http.createServer((request, response) =>
 *   request.url === '/health' ? healthHandler(request, response) : handle(request, response))
 */
export const healthHandler: RequestHandler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('{}')
}
