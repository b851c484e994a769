// A server that PM2 stops: by the message `shutdown`, after some work, or by SIGINT.
import { createServer } from 'node:http'

process.on('message', (message) => {
  if (message === 'shutdown') setTimeout(() => process.exit(12), 50)
})
const server = createServer((_request, response) => response.end('ok'))
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
