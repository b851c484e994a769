// A server that starts another one, which inherits the flag, as soon as it listens itself. It ends when asked to.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const isChild = process.argv[2] === 'child'
const server = createServer((_request, response) => response.end('ok'))
server.listen(0, '127.0.0.1', () => {
  if (isChild) {
    setTimeout(() => server.close(), 300)
    return
  }
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], 'child'], { stdio: 'inherit' })
  child.on('exit', () => console.log('child has ended'))
})
