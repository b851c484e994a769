// A server that starts a child process with the same flag as soon as it listens. The child serves too, and ends at /end.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const isChild = process.argv[2] === 'child'
const server = createServer((request, response) => {
  if (request.url === '/end') server.close()
  response.end('ok')
})
server.listen(0, '127.0.0.1', () => {
  if (isChild) {
    console.log(`child at http://127.0.0.1:${server.address().port}`)
    return
  }
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], 'child'], { stdio: 'inherit' })
  child.on('exit', () => console.log('child has ended'))
})
