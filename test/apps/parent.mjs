// Starts a server in a child process, and its own server when the child is listening.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'

const child = fork(new URL('plain.mjs', import.meta.url), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
child.stdout.once('data', (line) => {
  console.log(`the child: ${line}`.trim())
  const server = createServer((_request, response) => response.end())
  server.listen(0, '127.0.0.1', () => console.log(`the parent: http://127.0.0.1:${server.address().port}`))
})
process.on('SIGTERM', () => {
  child.once('exit', () => process.exit())
  child.kill()
})
