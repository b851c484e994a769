import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from './temporary-directory.ts'

/** Returns both ends of a connection over a UNIX socket; they are closed when the test has finished. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer()
  server.listen(join(temporaryDirectory(), 's'))
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const client = connect({ path: String(server.address()) })
  const [peer] = (await accepted) as [Socket]
  server.close()
  onTestFinished(() => {
    client.destroy()
    peer.destroy()
  })
  return [client, peer]
}
