/** Connects to a UNIX socket and sends texts: the first half asynchronously, the rest when the process exits. */
import { connect } from 'node:net'
import { SocketChannel } from '../cluster/socket/socket-channel.ts'

const [path = '', count = '0', bytes = '0'] = process.argv.slice(2)
const channel = new SocketChannel(connect({ path }))
channel.open({ onMessage: () => process.exit(), onClose: () => {} })
const text = (index: number): string => `${index} `.padEnd(Number(bytes), 'x')
const half = Number(count) / 2
for (let index = 0; index < half; index++) channel.send(text(index))
process.on('exit', () => {
  channel.sendAtExit(Array.from({ length: half }, (_, index) => text(half + index)))
})
// The channel does not keep the process alive.
process.stdin.resume()
