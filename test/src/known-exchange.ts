import { once } from 'node:events'
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  type GatewayInstruments,
  observeMcpStartup,
  observeToolCall,
  recordToolCallRequested,
  setRoute,
  setStreamOutcome,
} from '@vr/otel-instruments'
import { answerChat, runAgentLoop } from './known-llm-calls.ts'
import { runMcpSessions } from './known-mcp-sessions.ts'

/** A clock that only {@link Clock.advance} moves. */
export class Clock {
  #milliseconds = 0
  readonly now = (): number => this.#milliseconds

  /** Moves the clock. Each step of the exchange is a different prime number, so that a sum shows which steps it has. */
  advance(milliseconds: number): void {
    this.#milliseconds += milliseconds
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** A gateway and its engine on loopback, with the time of both from one {@link Clock}. */
export class KnownExchange {
  readonly #clock: Clock
  readonly #instruments: GatewayInstruments
  readonly #engine: Server
  readonly #gateway: Server
  readonly #onActive: (what: 'request' | 'stream') => Promise<void>
  #response: Promise<unknown> = Promise.resolve()

  /** @param onActive called while one request, and later one stream, is in flight */
  constructor(
    instruments: GatewayInstruments,
    clock: Clock,
    onActive: (what: 'request' | 'stream') => Promise<void>,
  ) {
    this.#clock = clock
    this.#instruments = instruments
    this.#onActive = onActive
    this.#engine = http.createServer((request, response) => this.#answerAsEngine(request, response))
    this.#gateway = http.createServer(async (request, response) => {
      this.#response = once(response, 'close')
      await this.#handlers[request.url as string]?.(request, response)
    })
    this.#gateway.on('upgrade', (request, socket) => {
      this.#response = once(socket, 'close')
      setRoute(request, '/ws/:kind')
      if (request.url === '/ws/rejected') socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      else this.#acceptWebSocket(socket)
    })
  }

  /** Listens on free ports of loopback. */
  async listen(): Promise<void> {
    for (const server of [this.#engine, this.#gateway]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
  }

  /** The port of the engine, which is an attribute of calls to it. */
  get enginePort(): number {
    return (this.#engine.address() as AddressInfo).port
  }

  /** Closes both servers. */
  async close(): Promise<void> {
    for (const server of [this.#engine, this.#gateway]) {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }

  /** Which requests are measured. */
  readonly observes = (target: string | undefined, server: Server): boolean =>
    server === this.#gateway && target !== '/health'

  /** Sends every kind of request once or twice, one after the other, and runs tool calls and MCP starts. */
  async run(): Promise<void> {
    for (const line of ['GET /models/1', 'GET /models/1', 'POST /fails', 'PURGE /models/1', 'GET /unknown']) {
      await this.#request(line)
    }
    await this.#request('GET /health')
    await this.#request('GET /calls')
    await this.#request('GET /hook-fails')
    for (const path of Object.keys(this.#handlers).filter((one) => one.startsWith('/stream'))) {
      await this.#request(`GET ${path}`)
    }
    await this.#webSocket('/ws/rejected')
    await this.#webSocket('/ws/accepted', Uint8Array.of(0x81, 0x83, 0, 0, 0, 0, 97, 98, 99))
    await this.#webSocket('/ws/invalid', Uint8Array.of(0xff))
    const create = Buffer.from('{"type":"response.create"}')
    await this.#webSocket(
      '/ws/session',
      Buffer.concat([Uint8Array.of(0x81, 0x80 | create.length, 0, 0, 0, 0), create]),
    )
    await this.#send('NOT HTTP\r\n\r\n')
    await this.#toolCalls()
    await this.#mcpStartups()
    await runMcpSessions(this.#instruments, this.#clock)
  }

  /** Sends a request and waits until the server has closed its response. */
  async #request(line: string): Promise<void> {
    await this.#send(`${line} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n`)
    await this.#response
    await new Promise(setImmediate)
  }

  /** Sends bytes; closes the connection when the server does, or when it has sent `LEAVE`. */
  async #send(bytes: string): Promise<void> {
    const { port } = this.#gateway.address() as AddressInfo
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('LEAVE')) socket.destroy()
    })
    await once(socket, 'close')
  }

  /** Sends a handshake, and frames after the response. */
  async #webSocket(path: string, frames: Uint8Array = new Uint8Array(0)): Promise<void> {
    const { port } = this.#gateway.address() as AddressInfo
    const headers = 'host: gateway\r\nconnection: upgrade\r\nupgrade: websocket\r\n'
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n`))
    socket.once('data', () => socket.write(frames)).on('error', () => {})
    await once(socket, 'close')
    await this.#response
    await new Promise(setImmediate)
  }

  /** Accepts a WebSocket after 809 ms, and answers its first frame 907 ms later with three events and the close code 1000. */
  #acceptWebSocket(socket: Duplex): void {
    this.#clock.advance(809)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    socket.once('data', () => {
      this.#clock.advance(907)
      for (const type of ['created', 'output_text.delta', 'completed']) {
        const event = Buffer.from(`{"type":"response.${type}","response":{"id":"resp_1"}}`)
        socket.write(Buffer.concat([Uint8Array.of(0x81, event.length), event]))
      }
      socket.end(Uint8Array.of(0x88, 2, 0x03, 0xe8))
    })
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    '/models/1': (request, response) => {
      setRoute(request, '/models/:id')
      this.#clock.advance(101)
      response.end('model')
    },
    '/fails': (request, response) => {
      setRoute(request, '/fails')
      this.#clock.advance(211)
      response.writeHead(503).end()
    },
    '/unknown': (_request, response) => {
      this.#clock.advance(307)
      response.writeHead(404).end()
    },
    '/health': (_request, response) => response.end('{}'),
    '/calls': async (request, response) => {
      setRoute(request, '/calls')
      await this.#call('/ok')
      await this.#call('/fails')
      await this.#call('/cut')
      await (await fetch(this.#engineUrl('/ok'))).text()
      await this.#onActive('request')
      response.end()
    },
    '/hook-fails': (_request, response) => {
      response.getHeader = () => {
        throw new Error('on purpose')
      }
      response.end()
    },
    '/stream/completed': async (request, response) => {
      await this.#stream(request, response)
      await write(response, 'data: {"n":1}\n\n')
      await this.#onActive('stream')
      this.#clock.advance(53)
      response.end('data: [DONE]\n\n')
    },
    '/stream/aborted': async (request, response) => {
      await this.#stream(request, response)
      response.write('data: LEAVE\n\n')
      await this.#response
    },
    '/stream/destroyed': async (request, response) => {
      await this.#stream(request, response)
      await write(response, 'data: 1\n\n')
      response.destroy()
    },
    '/stream/engine-fails': async (request, response) => {
      await this.#stream(request, response)
      await this.#call('/fails')
      response.end()
    },
    '/stream/agent-loop': async (request, response) => {
      setRoute(request, '/stream/:kind')
      await runAgentLoop(this.#engineUrl(''), this.#clock, response)
    },
    '/stream/outcome-set': async (request, response) => {
      await this.#stream(request, response)
      setStreamOutcome(response, 'timeout')
      response.end()
    },
  }

  /** Sends the headers of a stream after 11 ms; the first event may follow 17 ms later. */
  async #stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setRoute(request, '/stream/:kind')
    this.#clock.advance(11)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    this.#clock.advance(17)
  }

  #engineUrl(path: string): string {
    return `http://127.0.0.1:${this.enginePort}${path}`
  }

  #answerAsEngine(request: IncomingMessage, response: ServerResponse): void {
    const { url } = request
    if (url === '/v1/chat/completions') void answerChat(request, response, this.#clock)
    else if (url === '/ok') {
      this.#clock.advance(401)
      response.end('ok')
    } else if (url === '/fails') {
      this.#clock.advance(503)
      response.writeHead(500).end()
    } else {
      this.#clock.advance(607)
      response.writeHead(200, { 'content-length': 9 }).write('half', () => response.destroy())
    }
  }

  /** Makes a call by `http.get` and waits for its end, good or bad. */
  #call(path: string): Promise<void> {
    return new Promise((resolve) => {
      http
        .get(this.#engineUrl(path), { agent: false }, (answer) => answer.resume().on('error', () => {}))
        .on('error', () => {})
        .on('close', () => setImmediate(resolve))
    })
  }

  async #toolCalls(): Promise<void> {
    const instruments = this.#instruments
    const tool = (type: string, result: () => unknown): unknown =>
      observeToolCall(instruments, type, () => {
        this.#clock.advance(709)
        return result()
      })
    recordToolCallRequested(instruments, 'function')
    recordToolCallRequested(instruments, 'mcp')
    tool('function', () => 'result')
    await tool('mcp', async () => ({ isError: true }))
    await Promise.allSettled([tool('function', () => Promise.reject(new Error('on purpose')))])
  }

  async #mcpStartups(): Promise<void> {
    const start = (label: string, run: () => unknown): unknown =>
      observeMcpStartup(this.#instruments, label, run)
    start('files', () => ['a tool'])
    start('files', () => [])
    await Promise.allSettled([start('broken', () => Promise.reject(new Error('on purpose')))])
  }
}

/** Writes a chunk and waits until Node has passed it to the operating system. */
const write = (response: ServerResponse, chunk: string): Promise<unknown> =>
  new Promise((resolve) => response.write(chunk, resolve))
