import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import WebSocket from 'ws'
import { FrameDecoder, OPCODES } from './frames.ts'
import type { SessionSocket } from './realtime-session.ts'

/** A session of a client of `ws` that compresses long messages, and what it has sent and received. */
export interface CompressedSession {
  readonly socket: SessionSocket
  /** `bytes` without compression; `wireBytes` with it, and with the headers of the frames. */
  readonly sent: { readonly messages: number; readonly bytes: number; readonly wireBytes: number }
  /** In the order in which the messages were received; `bytes` without compression. */
  readonly received: readonly { readonly isCompressed: boolean; readonly bytes: number }[]
}

/** @param url of the WebSocket, with the protocol `http:` */
export async function openCompressedSession(url: string): Promise<CompressedSession> {
  const client = new WebSocket(url.replace('http:', 'ws:'), { perMessageDeflate: { threshold: 1000 } })
  const compressed: boolean[] = []
  const texts: Buffer[] = []
  const sent = { messages: 0, bytes: 0, wireBytes: 0 }
  let listener: ((text: string) => void) | undefined
  client.on('message', (data: Buffer) => {
    texts.push(data)
    listener?.(data.toString())
  })
  let socket: Socket | undefined
  let handshakeBytes = 0
  let extensions = ''
  client.once('upgrade', (response: IncomingMessage) => {
    socket = response.socket
    handshakeBytes = socket.bytesWritten
    extensions = response.headers['sec-websocket-extensions'] ?? ''
  })
  // Not before: `ws` listens now, and a listener before it would take what came together with the handshake.
  client.once('open', () => {
    const decoder = new FrameDecoder()
    socket?.on('data', (chunk: Buffer) => {
      for (const { opcode, isCompressed } of decoder.decode(chunk))
        if (opcode === OPCODES.text) compressed.push(isCompressed)
    })
  })
  await once(client, 'open')
  // `ws` compresses every message of a side that keeps its window.
  if (!/server_no_context_takeover; client_no_context_takeover/.test(extensions))
    throw new Error(`the extensions are ${extensions}`)
  return {
    sent,
    get received() {
      return compressed.map((isCompressed, i) => ({ isCompressed, bytes: texts[i]?.length ?? 0 }))
    },
    socket: {
      send(text) {
        sent.messages++
        sent.bytes += Buffer.byteLength(text)
        client.send(text)
      },
      onText(next) {
        for (const text of texts) next(text.toString())
        listener = next
      },
      async close() {
        const closed = once(client, 'close')
        client.close(1000)
        await closed
        sent.wireBytes = (socket?.bytesWritten ?? 0) - handshakeBytes
      },
    },
  }
}
