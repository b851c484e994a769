import http, { type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A test server on a free port of the loopback interface. */
export interface Loopback {
  readonly port: number
  close(): Promise<void>
}

export interface ReceivedResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Whether the body is complete. */
  readonly isComplete: boolean
}

export async function serve(listener: RequestListener): Promise<Loopback> {
  const server = http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

export interface RequestOptions {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
}

/** Sends one request; resolves even if the body is truncated. */
export function request(
  port: number,
  { method = 'GET', path = '/metrics', headers = {} }: RequestOptions = {},
): Promise<ReceivedResponse> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => {})
        response.on('close', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            isComplete: response.complete,
          }),
        )
      },
    )
    request.on('error', reject)
    request.end()
  })
}
