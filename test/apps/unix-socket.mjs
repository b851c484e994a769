// A server that listens on a UNIX socket.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'unix-socket-'))
const socket = join(folder, 'socket')
process.on('exit', () => rmSync(folder, { recursive: true }))
process.once('SIGTERM', () => process.exit(0))
createServer((_request, response) => response.end('ok')).listen(socket, () =>
  console.log(`listening on ${socket}`),
)
