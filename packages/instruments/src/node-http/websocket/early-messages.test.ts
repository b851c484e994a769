import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, handshake, SWITCHING } from '../../testing/raw-websocket.ts'
import { counted, exchange, totalsOf } from '../../testing/websocket-exchange.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe()
})

afterEach(() => observed.end())

const REQUEST = clientFrame({ payload: Buffer.from('{"type":"response.create"}') })
const close = clientClose(1000)

/** Sends frames together with the handshake, which is answered after all of them have arrived. */
async function sendEarly(frames: Buffer): Promise<Record<string, number>> {
  await exchange(
    (socket, _request, head) => {
      let length = head.length
      const accept = (): void => {
        // `ws` removes masks in place.
        head.fill(0)
        if (length === frames.length) socket.write(SWITCHING)
      }
      socket.on('data', (data: Buffer) => {
        length += data.length
        data.fill(0)
        accept()
      })
      socket.on('end', () => socket.end())
      accept()
    },
    async (raw) => {
      await raw.received('\r\n\r\n')
      raw.socket.end()
    },
    Buffer.concat([Buffer.from(handshake()), frames]),
  )
  return totalsOf(observed)
}

describe('messages that arrive with the handshake', () => {
  it('are read as the messages of an LLM session, once', async () => {
    const totals = await sendEarly(Buffer.concat([REQUEST, REQUEST, close]))
    expect(totals).toMatchObject(counted('received', 2, 52))
    expect(Object.entries(totals).filter(([key]) => key.startsWith('turns '))).toEqual([
      [expect.stringContaining('route=unmatched'), 2],
    ])
  })

  it('are counted, but not read, if they have more than 16 kB', async () => {
    const long = clientFrame({ payload: Buffer.alloc(16_384, ' ') })
    const totals = await sendEarly(Buffer.concat([REQUEST, long, close]))
    expect(totals).toMatchObject(counted('received', 2, 26 + 16_384))
    expect(Object.keys(totals).filter((key) => key.startsWith('turns '))).toEqual([])
  })
})
