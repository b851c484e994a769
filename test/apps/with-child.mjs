// A server that starts a child process with the same flag as soon as it listens. The child serves too, and ends at /end.
// CHILD_METRICS_PORT is the VR_METRICS_PORT of the child; without it, the child inherits that of its parent.
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
  const { CHILD_METRICS_PORT = process.env.VR_METRICS_PORT } = process.env
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], 'child'], {
    stdio: 'inherit',
    env: { ...process.env, VR_METRICS_PORT: CHILD_METRICS_PORT },
  })
  child.on('exit', () => console.log('child has ended'))
})
