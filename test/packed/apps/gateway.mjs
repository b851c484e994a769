// Uses most of the package, which `VR_PACKAGE` names: streams, tools, routes, outgoing calls.
import { createServer } from 'node:http'

const { observeMcpStartup, observeToolCall, recordToolCallRequested, setRoute } = await import(
  process.env.VR_PACKAGE
)

const server = createServer(async (request, response) => {
  const { port } = server.address()
  if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {}\n\n')
    response.end('data: [DONE]\n\n')
  } else if (request.url === '/tools') {
    recordToolCallRequested('function')
    await observeToolCall('function', async () => 'result', { name: 'search' })
    await observeToolCall('mcp', async () => ({ isError: true }))
    await observeMcpStartup('files', async () => ['read', 'write'])
    response.end('used')
  } else if (request.url === '/call') {
    setRoute(request, '/calls/{kind}')
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    response.end(await answer.text())
  } else response.end('hello')
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
