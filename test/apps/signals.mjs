// A server; with HANDLES=yes it handles SIGTERM and exits with 7.
import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end('ok'))
if (process.env.HANDLES === 'yes') {
  process.on('SIGTERM', () => {
    console.log('handled')
    setTimeout(() => process.exit(7), 50)
  })
}
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
