import http, { type RequestListener, type Server, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { RecordingProvider } from './recording-provider.ts'

/** Listens on a free port of loopback. */
export async function listen(listener: RequestListener, options: http.ServerOptions = {}): Promise<Server> {
  const server = http.createServer(options, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Returns the port of a server. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Closes a server and all its connections. */
export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

/** Resolves when no request or stream is in flight: a server may see the end of a request after the client. */
export async function idle(provider: RecordingProvider): Promise<void> {
  const inFlight = (): number =>
    (provider.sums('http.in_flight_requests')[''] ?? 0) +
    (provider.sums('sse.connections_in_flight')[''] ?? 0)
  while (inFlight() !== 0) await new Promise((resolve) => setImmediate(resolve))
}

/** Returns a body in gzip. */
export function gzipped(text: string): Buffer {
  return gzipSync(text)
}

/** Sends a request and reads the response; `onChunk` may abort it. Resolves to the status code. */
export function send(
  port: number,
  path: string,
  options: http.RequestOptions = {},
  onChunk?: (request: http.ClientRequest) => void,
): Promise<number | 'broken'> {
  return new Promise((resolve) => {
    const request = http.request({ port, path, agent: false, ...options }, (response) => {
      response.on('data', () => onChunk?.(request))
      response.on('end', () => resolve(response.statusCode as number))
      response.on('error', () => resolve('broken'))
    })
    request.on('error', () => resolve('broken'))
    request.end()
  })
}

/** Sends bytes and reads until the server closes the connection. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => (answer += data))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

/** Starts an event stream and sends its first event. */
export function stream(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
  response.write('data: 1\n\n')
}
