import { expect, it } from 'vitest'
import { helloOf, openSocketGroup } from '../../testing/open-socket-group.ts'

const COPIES = 'copy ["begin","ended-there"]\ncopy ["fold",1,["1-a"]]\ncopy ["ready"]\n'

it('a new aggregator confirms the copies of a member only after a deputy has received all of them', async () => {
  const peer = openSocketGroup().open()
  peer.socket.write(`${helloOf('2-b')}${COPIES}`)
  await peer.line('adopted')
  const copies = peer.lines.filter((line) => line.startsWith('copy '))
  const folded = copies.findIndex((line) => line.includes('"fold"') && line.includes('1-a'))
  expect(folded).toBeGreaterThan(0)
  expect(copies.indexOf('copy ["adopted"]')).toBeGreaterThan(
    Math.max(folded, copies.indexOf('copy ["ready"]')),
  )
})
