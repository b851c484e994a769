import http, { Agent, type IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { Application } from './applications.ts'

/** Paths of every application and the status of their responses. */
const PATHS: Readonly<Record<string, number>> = {
  '/json': 200,
  '/t/acme/things/9?x=1': 200,
  '/files/a/b/c': 200,
  '/empty': 204,
  '/fails': 500,
  '/rejects/7': 500,
  '/guarded/1': 401,
  '/stream': 200,
  '/stream/engine': 200,
  '/none': 404,
  '/t/acme/none': 404,
}

/** Paths that no application has. */
const UNKNOWN_PATHS = Array.from({ length: 20 }, (_, n) => `/x${n}/y${n * 7}`)

/** Time limit of a response. */
const DEADLINE_MS = 20_000

/** One response, as the client received it. */
export interface Answer {
  readonly request: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Sends all requests over kept-alive connections and returns the responses in order. */
export async function drive(
  origin: string,
  { notAllowed = 404, paths = {}, ownsStreams = false, compresses = false }: Application,
): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const client = new Client(origin, agent)
  for (let round = 0; round < 2; round++) {
    for (const [path, status] of Object.entries({ ...PATHS, ...paths }))
      await client.request('GET', path, status)
    await client.request('HEAD', '/json', undefined)
    await client.request('DELETE', '/json', notAllowed)
  }
  for (const path of UNKNOWN_PATHS) await client.request('GET', path, 404)
  await client.abort('/stream/open')
  if (compresses) await client.requestCompressed('/stream/compressed')
  if (!ownsStreams) {
    await client.request('GET', '/stream/zipped', 200)
    await client.requestFailing('/stream/stuck')
  }
  await client.requestFailing('/stream/throws')
  await client.requestFailing('/stream/broken')
  agent.destroy()
  return client.answers
}

class Client {
  readonly answers: Answer[] = []
  readonly #origin: string
  readonly #agent: Agent

  constructor(origin: string, agent: Agent) {
    this.#origin = origin
    this.#agent = agent
  }

  /** Sends a request and reads its response; throws if the status differs. */
  async request(method: string, path: string, status: number | undefined): Promise<void> {
    const response = await this.#send(method, path, this.#agent)
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    this.#keep(`${method} ${path}`, response, body)
    if (status !== undefined && response.statusCode !== status) {
      throw new Error(`${method} ${path} was answered with ${response.statusCode}, not ${status}: ${body}`)
    }
  }

  /** Requests gzip and reads the response; throws if it is not gzip. */
  async requestCompressed(path: string): Promise<void> {
    const response = await this.#send('GET', path, this.#agent, { 'accept-encoding': 'gzip' })
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    this.#keep(`GET ${path}`, response, String(gunzipSync(Buffer.concat(chunks))))
  }

  /** Reads two events of an endless stream and aborts. */
  async abort(path: string): Promise<void> {
    const response = await this.#send('GET', path, new Agent())
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk
      if (body.split('\n\n').length > 2) break
    }
    response.destroy()
    this.#keep(`GET ${path}`, response, body.split('\n\n').slice(0, 2).join('\n\n'))
  }

  /** Reads a stream that fails, until its end or an error. */
  async requestFailing(path: string): Promise<void> {
    let body = ''
    try {
      const response = await this.#send('GET', path, new Agent())
      for await (const chunk of response.setEncoding('utf8')) body += chunk
    } catch {
      // The connection was closed: some frameworks end the response instead.
    }
    this.answers.push({ request: `GET ${path}`, status: 0, headers: {}, body })
  }

  #send(
    method: string,
    path: string,
    agent: Agent,
    more: http.OutgoingHttpHeaders = {},
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = { host: 'application.example', 'x-id': String(this.answers.length), ...more }
    http
      .request(
        this.#origin + path,
        { method, agent, headers, signal: AbortSignal.timeout(DEADLINE_MS) },
        resolve,
      )
      .on('error', reject)
      .end()
    return promise
  }

  #keep(request: string, { statusCode = 0, headers }: IncomingMessage, body: string): void {
    const { date: _date, ...rest } = headers
    this.answers.push({ request, status: statusCode, headers: rest, body })
  }
}
