import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
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
  let onPart: () => void

  beforeEach(async () => {
    onPart = () => {}
    engine = await servers.serve((_request, response) => {
      if (mode === 'status') response.statusCode = 503
      response.write('data: 1\n\n')
      if (mode === 'cut') setImmediate(() => response.destroy())
      else if (mode === 'silent') onSilence()
      else response.end()
    })
  })

  const viaFetch = async (signal?: AbortSignal): Promise<void> => {
    const { body } = await fetch(engine, signal === undefined ? {} : { signal })
    for await (const _part of body ?? []) onPart()
  }
  const viaHttp = async (signal?: AbortSignal): Promise<void> => {
    const request = http.get(engine, { signal })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    request.on('error', () => {})
    for await (const _part of response) onPart()
  }

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

  it.each<[string, (answer: IncomingMessage, response: ServerResponse) => unknown]>([
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

    it.each([
      ['TimeoutError', 'timeout'],
      ['AbortError', 'completed'],
    ])('is aborted in the middle of the answer with a %s is %s', async (name, outcome) => {
      mode = 'silent'
      onSilence = () => {}
      const controller = new AbortController()
      onPart = () => controller.abort(new DOMException('aborted', name))
      await servers.streamOf(async (response) => {
        await expect(call(controller.signal)).rejects.toThrow()
        response.end('data: last\n\n')
      })
      expect(servers.outcomes).toEqual([outcome])
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

  it('is destroyed in the middle of the answer is completed', async () => {
    mode = 'silent'
    onSilence = () => {}
    await servers.streamOf(async (response) => {
      await new Promise((resolve) => {
        const request = http.get(engine, (answer) => answer.on('error', resolve).on('data', onPart))
        onPart = () => request.destroy()
      })
      response.end('data: last\n\n')
    })
    expect(servers.outcomes).toEqual(['completed'])
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
