// Sends itself requests, prints `done`, and ends by itself or waits for a signal.
import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end('ok'))
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`
  for (let i = 0; i < 5; i++) await (await fetch(url, { headers: { connection: 'close' } })).text()
  if (process.env.WAITS === undefined) server.close()
  // In the next turn the spans of the requests have ended.
  setImmediate(() => console.log('done'))
})
