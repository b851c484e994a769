import { once } from 'node:events'
import http2 from 'node:http2'
import { encodeFrame, FrameDecoder, OPCODES } from './frames.ts'
import type { SessionSocket } from './realtime-session.ts'

/** Opens a WebSocket over HTTP/2 (RFC 8441). */
export async function openHttp2Session(
  origin: string,
  path: string,
  headers: http2.OutgoingHttpHeaders,
): Promise<SessionSocket> {
  const connection = http2.connect(origin)
  await once(connection, 'remoteSettings')
  const connect = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': path,
    'sec-websocket-version': '13',
  }
  const stream = connection.request({ ...connect, ...headers })
  const [{ ':status': status }] = (await once(stream, 'response')) as [
    http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
  ]
  if (status !== 200) throw new Error(`the handshake was answered with ${status}`)
  return {
    send: (text) => stream.write(encodeFrame({ opcode: OPCODES.text, payload: text })),
    onText(listener) {
      const decoder = new FrameDecoder()
      stream.on('data', (chunk: Buffer) => {
        for (const { opcode, payload } of decoder.decode(chunk))
          if (opcode === OPCODES.text) listener(payload.toString())
      })
    },
    async close() {
      const closed = once(stream, 'close')
      stream.end(encodeFrame({ opcode: OPCODES.close, payload: Buffer.from([3, 232]) }))
      await closed
      connection.close()
    },
  }
}
