// Answers the requests of the recorded metric events of llama-stack. A request waits until as many are in progress as its header
// `concurrent-calls` requires.
import { createServer } from 'node:http'
import { setRoute } from '@vr/otel'

const ROUTES = {
  '/v1/models/x': '/v1/models/{model}',
  '/v1/chat/completions': '/v1/chat/completions',
  '/v1/boom': '/v1/boom',
  '/': '/',
  '/v1/openai/v1/models': '/v1/openai/v1/models',
}
const waiting = []
const server = createServer((request, response) => {
  const route = ROUTES[request.url]
  if (route !== undefined) setRoute(request, route)
  response.statusCode = request.url === '/v1/boom' ? 500 : route === undefined ? 404 : 200
  waiting.push(response)
  if (waiting.length < Number(request.headers['concurrent-calls'])) return
  for (const one of waiting.splice(0)) one.end()
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
