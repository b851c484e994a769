// A gateway that uses the API for tool calls only.
import { createServer } from 'node:http'

const server = createServer(async (request, response) => {
  if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {}\n\n')
    response.end('data: [DONE]\n\n')
  } else if (request.url === '/tools') {
    const otel = await import('@vr/otel')
    otel.recordToolCallRequested('function')
    await otel.observeToolCall('function', async () => 'result')
    await otel.observeToolCall('mcp', async () => ({ isError: true }))
    await otel.observeMcpStartup('files', async () => ['read', 'write'])
    response.end('used')
  } else response.end('hello')
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
