// Sends itself one request and prints every `beforeExit`.
import { createServer } from 'node:http'

process.on('beforeExit', (code) => console.log(`beforeExit: ${code}`))
const server = createServer((_request, response) => response.end('ok'))
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`
  await (await fetch(url, { headers: { connection: 'close' } })).text()
  process.exitCode = 5
  server.close()
})
