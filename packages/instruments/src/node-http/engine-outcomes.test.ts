import http, { type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedServers } from '../testing/observed-servers.ts'
import { close } from '../testing/servers.ts'

let servers: ObservedServers

beforeEach(() => {
  servers = new ObservedServers()
})

afterEach(() => servers.end())

describe('a stream whose call of an engine', () => {
  let engine: string
  let mode: 'fine' | 'status' | 'cut' | 'silent'
  let onSilence: () => void

  beforeEach(async () => {
    engine = await servers.serve((_request, response) => {
      if (mode === 'status') response.statusCode = 503
      response.write('data: 1\n\n')
      if (mode === 'cut') setImmediate(() => response.destroy())
      else if (mode === 'silent') onSilence()
      else response.end()
    })
  })

  const viaFetch = async (signal?: AbortSignal): Promise<unknown> =>
    (await fetch(engine, signal === undefined ? {} : { signal })).text()
  const viaHttp = (signal?: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      http
        .get(engine, { signal }, (response) => response.on('end', resolve).on('error', reject).resume())
        .on('error', reject)
    })

  /** Reads a response without a listener for errors; then Node emits none. */
  const viaHttpWithoutErrors = (): Promise<unknown> =>
    new Promise((resolve) => void http.get(engine, (response) => response.on('close', resolve).resume()))

  it('breaks off is upstream_error, also without a listener for errors', async () => {
    mode = 'cut'
    await servers.streamOf(async (response) => {
      await viaHttpWithoutErrors()
      response.end('data: last\n\n')
    })
    expect(servers.outcomes).toEqual(['upstream_error'])
  })

  it.each<[string, (answer: http.IncomingMessage, response: ServerResponse) => unknown]>([
    ['a pipeline', (answer, response) => pipeline(answer, response, () => {})],
    [
      'destroying the response with its error',
      (answer, response) => answer.on('error', (error) => response.destroy(error)).pipe(response),
    ],
    [
      'destroying the response with an error of the connection',
      (answer, response) =>
        answer
          .on('error', () =>
            response.destroy(Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' })),
          )
          .pipe(response),
    ],
    [
      'destroying the socket with its error',
      (answer, response) => answer.on('error', (error) => response.socket?.destroy(error)).pipe(response),
    ],
  ])('breaks off is upstream_error, also if the application ends the response by %s', async (_how, relay) => {
    mode = 'cut'
    await servers.streamOf(
      (response) =>
        new Promise<void>((resolve) => {
          response.on('close', resolve)
          http.get(engine, { agent: false }, (answer) => relay(answer, response))
        }),
    )
    expect(servers.outcomes).toEqual(['upstream_error'])
  })

  describe.each([
    ['fetch', viaFetch],
    ['node:http', viaHttp],
  ])('by %s', (_how, call) => {
    it.each([
      ['fine', 'completed'],
      ['status', 'upstream_error'],
      ['cut', 'upstream_error'],
    ] as const)(
      'gets the answer %s is %s, although the gateway ends the stream normally',
      async (how, outcome) => {
        mode = how
        await servers.streamOf(async (response) => {
          response.write('data: begin\n\n')
          await call().catch(() => {})
          response.end('data: last\n\n')
        })
        expect(servers.outcomes).toEqual([outcome])
      },
    )

    it('exceeds its time limit is timeout', async () => {
      mode = 'silent'
      // As AbortSignal.timeout() aborts, after the engine has received the request.
      const limit = new AbortController()
      onSilence = () => limit.abort(new DOMException('too late', 'TimeoutError'))
      await servers.streamOf(async (response) => {
        response.write('data: begin\n\n')
        await expect(call(limit.signal)).rejects.toThrow()
        response.end()
      })
      expect(servers.outcomes).toEqual(['timeout'])
    })

    it('succeeds at the second attempt is completed', async () => {
      await servers.streamOf(async (response) => {
        response.write('data: begin\n\n')
        mode = 'cut'
        await call().catch(() => {})
        mode = 'fine'
        await call()
        response.end()
      })
      expect(servers.outcomes).toEqual(['completed'])
    })
  })

  it('cannot connect is upstream_error, and the next stream is completed', async () => {
    const gone = await servers.serve(() => {})
    await close(servers.lastServer)
    await servers.streamOf(async (response) => {
      await fetch(gone).catch(() => {})
      response.end('data: 1\n\n')
    })
    await servers.streamOf((response) => response.end('data: 1\n\n'))
    expect(servers.outcomes.sort()).toEqual(['completed', 'upstream_error'])
  })
})
