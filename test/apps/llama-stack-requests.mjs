// Answers the requests of the recorded metrics of llama-stack and OGX: with the status of the header `answer-status`, as the header
// `answer` describes.
import { createServer } from 'node:http'
import { setRoute } from '@vr/otel'

const ROUTES = [
  ['GET', /^\/v1\/models$/, '/v1/models'],
  ['GET', /^\/v1\/models\/[^/]+$/, '/v1/models/{model}'],
  ['POST', /^\/v1\/chat\/completions$/, '/v1/chat/completions'],
  ['GET', /^\/v1\/health$/, '/v1/health'],
  ['GET', /^\/v1\/boom$/, '/v1/boom'],
  ['GET', /^\/docs$/, '/docs'],
]

const answers = {
  json: (response) => response.end('{}'),
  stream: (response) => {
    response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
    response.end('data: [DONE]\n\n')
  },
  'stream with an error': (response) => {
    response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
    response.end('data: {"error":{"message":"Internal server error"}}\n\n')
  },
  'stream that the client closes': (response) => {
    response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
  },
  'json that the client does not wait for': (response) => response.writeProcessing(),
}

const server = createServer((request, response) => {
  const { answer = 'json', 'answer-status': status = '200' } = request.headers
  const route = ROUTES.find(([method, path]) => method === request.method && path.test(request.url))
  if (route !== undefined) setRoute(request, route[2])
  response.statusCode = Number(status)
  response.setHeader('content-type', answer.startsWith('stream') ? 'text/event-stream' : 'application/json')
  answers[answer](response)
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
