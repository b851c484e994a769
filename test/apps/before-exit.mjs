// Serves itself one request, and says when it runs out of work.
import { createServer } from 'node:http'

process.on('beforeExit', (code) => console.log(`out of work: ${code}`))
const server = createServer((_request, response) => response.end('ok'))
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`
  await (await fetch(url, { headers: { connection: 'close' } })).text()
  process.exitCode = 5
  server.close()
})
