import { once } from 'node:events'
import { type ClientRequestArgs, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContextManager } from './context-manager.ts'
import { unsampledCalls } from './outgoing.ts'
import { GatewayPropagator } from './propagator.ts'
import { TraceIds } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

const ids = new TraceIds()
const unsampled = new UnsampledContext(ids, { parent: undefined, drawn: ids.draw() })
const sampled = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: 1,
})
const { http } = unsampledCalls(
  new GatewayPropagator({ ids: new TraceIds(), trustsParent: true, baggage: undefined, baggageKeys: [] }),
)

/** Answers, and has the lines of the last request. */
let lines: string[] = []
const server = createServer((socket) =>
  socket.once('data', (data) => {
    lines = String(data).split('\r\n').slice(1, -2)
    socket.end('HTTP/1.1 204 No Content\r\n\r\n')
  }),
)

beforeAll(async () => {
  context.setGlobalContextManager(createContextManager())
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(() => {
  context.disable()
  server.close()
})

type Headers = ClientRequestArgs['headers']

/** The header lines that Node sends. */
async function sent(options: { headers?: Headers }): Promise<string[]> {
  const { port } = server.address() as AddressInfo
  const [response] = await once(
    request({ ...options, host: '127.0.0.1', port, agent: false }).end(),
    'response',
  )
  await once(response.resume(), 'end')
  return lines
}

/** The options as the hook of the instrumentation leaves them. */
function hooked(active: typeof sampled, given: unknown): { headers?: Headers; lets: boolean } {
  const options = { headers: given as Headers }
  const lets = context.with(active, () => http(options))
  return { ...options, lets }
}

const LISTS: [string, unknown][] = [
  ['a flat list', ['Host', 'h', 'X-A', '1', 'x-b', '2', 'x-b', '3']],
  ['a flat list with several values', ['Host', 'h', 'X-A', ['1', '2'], 'X-B', '3']],
  [
    'a list of pairs',
    [
      ['Host', 'h'],
      ['X-A', ['1', '2']],
      ['X-B', '3'],
    ],
  ],
  ['a list without a host', ['X-A', '1']],
  ['names that every object has', ['constructor', '1', 'toString', '2']],
  ['an empty list', []],
]

describe('headers of a call by node:http', () => {
  it.each(LISTS)('that are %s go out as they are, with the trace', async (_how, list) => {
    const plain = await sent({ headers: list as Headers })
    const traced = await sent(hooked(unsampled, list))
    expect(traced.filter((line) => !line.startsWith('traceparent'))).toEqual(plain)
    const { traceId } = unsampled.spanContext()
    expect(traced).toContainEqual(
      expect.stringMatching(new RegExp(`^traceparent: 00-${traceId}-[0-9a-f]{16}-02$`)),
    )
    const { lets, ...given } = hooked(sampled, list)
    expect(lets).toBe(false)
    expect(Array.isArray(given.headers)).toBe(false)
    expect(await sent(given)).toEqual(plain)
  })

  it('that are a list lose a trace of their own', async () => {
    for (const list of [
      ['TraceParent', 'x', 'a', 'b'],
      [
        ['TraceParent', 'x'],
        ['a', 'b'],
      ],
    ])
      expect(await sent(hooked(unsampled, list))).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/: x$/)]),
      )
  })

  it('that are half a list are for Node to refuse', async () => {
    for (const active of [sampled, unsampled]) {
      const { lets, ...given } = hooked(active, ['X-A', '1', 'odd'])
      expect(lets).toBe(true)
      await expect(sent(given)).rejects.toThrow('odd')
    }
  })

  it('that are an object, or none, are left to the instrumentation where the trace is sampled', () => {
    const headers = { Authorization: 'Bearer k', 'x-a': ['1', '2'] }
    expect(hooked(sampled, headers)).toEqual({ headers, lets: false })
    expect(hooked(sampled, undefined)).toEqual({ headers: undefined, lets: false })
    const traceparent = expect.stringContaining(unsampled.spanContext().traceId)
    expect(hooked(unsampled, headers)).toEqual({ headers: { ...headers, traceparent }, lets: true })
    expect(hooked(unsampled, undefined)).toEqual({ headers: { traceparent }, lets: true })
  })
})
