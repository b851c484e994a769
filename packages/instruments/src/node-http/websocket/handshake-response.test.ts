import { describe, expect, it } from 'vitest'
import { HandshakeResponse } from './handshake-response.ts'

const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n'

/** Reads a response in chunks of a size, and returns the answer, with the bytes after the response as text. */
function answerOf(text: string, { size = text.length, isWebSocket = true } = {}) {
  const response = new HandshakeResponse(isWebSocket)
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) {
    const answer = response.read(bytes.subarray(at, at + size))
    if (answer?.type === 'accepted')
      return { ...answer, rest: Buffer.from(answer.rest).toString() + text.slice(at + size) }
    if (answer !== undefined) return answer
  }
  return undefined
}

describe('the response to a WebSocket handshake', () => {
  it.each([
    ['', 'none'],
    ['Sec-WebSocket-Protocol: realtime\r\n', 'none'],
    ['Sec-WebSocket-Extensions:  \r\n', 'none'],
    ['Sec-WebSocket-Extensions: permessage-deflate\r\n', 'deflate'],
    ['sec-websocket-extensions:PERMESSAGE-DEFLATE; client_max_window_bits=15\r\n', 'deflate'],
    ['Sec-WebSocket-Extensions: permessage-deflate, x-other; a=b\r\n', 'unknown'],
    ['Sec-WebSocket-Extensions: x-a\r\nSec-WebSocket-Extensions: permessage-deflate\r\n', 'unknown'],
  ])('with the headers %j accepts with extensions: %s', (headers, extensions) => {
    for (const size of [1, 7, 1000]) {
      const text = `${ACCEPTED}${headers}\r\nframes`
      expect(answerOf(text, { size })).toEqual({ type: 'accepted', extensions, rest: 'frames' })
    }
  })

  it('follows interim responses', () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    for (const size of [1, 50, 1000])
      expect(answerOf(`${hints}${hints}${ACCEPTED}\r\nx`, { size })).toMatchObject({
        type: 'accepted',
        rest: 'x',
      })
  })

  it.each<[string, number | undefined]>([
    ['HTTP/1.1 401 Unauthorized\r\n\r\n', 401],
    ['HTTP/1.0 503', 503],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n', 101],
    ['HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n', 404],
    ['hello', undefined],
    ['HTTP/2.0 101 Switching', undefined],
    [`HTTP/1.1 101 Switching Protocols\r\n${'x: y\r\n'.repeat(5000)}`, 101],
  ])('%j is another answer, with the status %s', (text, status) => {
    for (const size of [1, text.length]) expect(answerOf(text, { size })).toEqual({ type: 'other', status })
  })

  it.each(['', 'HTTP/1.1 10', 'H', ACCEPTED, 'HTTP/1.1 103 Early Hints\r\n\r\n'])(
    '%j is incomplete',
    (text) => {
      expect(answerOf(text)).toBeUndefined()
    },
  )
})

it('the response to another handshake is answered by its status line', () => {
  const answer = answerOf('HTTP/1.1 101 Switching', { isWebSocket: false })
  expect(answer).toEqual({ type: 'other', status: 101 })
})
