/** Child process that sends messages of an application and texts of a channel in turns, more than the socket takes at once. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connectToParent } from '../cluster/ipc-channel.ts'

const [count = '0', bytes = '0'] = process.argv.slice(2)
const channel = connectToParent()
const filler = 'é'.repeat(Number(bytes) / 2)
let taken = 0
for (let index = 0; index < Number(count); index++) {
  process.send?.({ index, filler })
  channel?.send(`${index} ${filler}`, () => {
    taken += 1
  })
  if (index % 7 === 0) await nextTurn()
}
while (taken < Number(count)) await nextTurn()
process.disconnect?.()
