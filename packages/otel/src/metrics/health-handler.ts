import type { RequestHandler } from '../lifecycle/instance.ts'

/** Answers `200 {}`, as vllm-responses does on `/health`. */
export const healthHandler: RequestHandler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('{}')
}
