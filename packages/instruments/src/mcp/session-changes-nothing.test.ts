import { afterEach, describe, expect, it } from 'vitest'
import { internalErrors } from '../instruments/internal-errors.ts'
import { connectInMemory, type ObservedMcp, observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'
import { type McpTracer, NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'

const META = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }

/** A tracer that propagates the same trace with every message. */
const TRACER: McpTracer = { ...NOOP_MCP_TRACER, metaOf: () => META }

/** A tracer that throws wherever it can. */
const FAILING: McpTracer = new Proxy(NOOP_MCP_TRACER, {
  get: () => () => {
    throw new Error('bug')
  },
})

type Message = Readonly<Record<string, unknown>>

type Handler = (message: unknown) => void

/** A transport that records messages and answers requests. */
function recordingTransport(sent: Message[]) {
  return {
    onmessage: undefined as ((message: unknown) => void) | undefined,
    onclose: undefined,
    onerror: undefined,
    async start() {},
    async send(message: Message) {
      sent.push(message)
      if (message['id'] === undefined) return
      const result =
        message['method'] === 'initialize'
          ? {
              protocolVersion: '2025-11-25',
              capabilities: { tools: {} },
              serverInfo: { name: 's', version: '1' },
            }
          : { tools: [] }
      this.onmessage?.({ jsonrpc: '2.0', id: message['id'], result })
    },
    async close() {},
  }
}

let observed: ObservedMcp

afterEach(() => observed.stop())

describe.each(SDKS)('a session of $name', (sdk) => {
  it('sends the trace in a copy of the message', async () => {
    observed = observeSdk(sdk, TRACER)
    const sent: Message[] = []
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await client.connect(recordingTransport(sent))
    const params = Object.freeze({ cursor: 'x', _meta: Object.freeze({ own: 1, traceparent: 'own' }) })
    await client.listTools(params)
    const [initialize, initialized, list] = sent
    expect(initialize).toMatchObject({ params: { protocolVersion: '2025-11-25', _meta: META } })
    expect(initialized).toMatchObject({ method: 'notifications/initialized', params: { _meta: META } })
    expect(list).toMatchObject({ params: { cursor: 'x', _meta: { own: 1, ...META } } })
    expect(params).toEqual({ cursor: 'x', _meta: { own: 1, traceparent: 'own' } })
  })

  it('passes the message of the transport itself to the application', async () => {
    observed = observeSdk(sdk)
    const transport = recordingTransport([])
    const seen: unknown[] = []
    transport.onmessage = (message) => void seen.push(message)
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await client.connect(transport)
    const notification = Object.freeze({ jsonrpc: '2.0', method: 'notifications/message', params: {} })
    transport.onmessage?.(notification)
    expect(seen.at(-1)).toBe(notification)
  })

  it.each([true, false])(
    'sets each handler of a transport with setters once; with getters: %s',
    async (hasGetters) => {
      observed = observeSdk(sdk)
      const received: Handler[] = []
      const closed: Handler[] = []
      const { onmessage: _, onclose: __, ...methods } = recordingTransport([])
      const transport = Object.defineProperties(methods as ReturnType<typeof recordingTransport>, {
        onmessage: {
          configurable: true,
          ...(hasGetters && { get: () => received.at(-1) }),
          set: (handler: Handler) => void received.push(handler),
        },
        onclose: {
          configurable: true,
          ...(hasGetters && { get: () => closed.at(-1) }),
          set: (handler: Handler) => void closed.push(handler),
        },
      })
      transport.send = async (message) => {
        const result = {
          protocolVersion: '2025-11-25',
          capabilities: {},
          serverInfo: { name: 's', version: '1' },
        }
        for (const handler of received) handler({ jsonrpc: '2.0', id: message['id'], result })
      }
      const client = new sdk.Client({ name: 'client', version: '1.0.0' })
      await client.connect(transport)
      expect([received.length, closed.length]).toEqual([1, 1])
      expect(observed.provider.counts('mcp.client.operation.duration')).toMatchObject({
        'mcp.method.name=initialize,mcp.protocol.version=2025-11-25': 1,
      })
      for (const handler of closed) handler(undefined)
    },
  )

  it('runs on a transport that cannot be changed, without being observed', async () => {
    observed = observeSdk(sdk, TRACER)
    const errors = [...internalErrors.counts]
    const sent: Message[] = []
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await client.connect(Object.preventExtensions(recordingTransport(sent)))
    expect(sent.map(({ method }) => method)).toEqual(['initialize', 'notifications/initialized'])
    expect(sent.every((message) => !JSON.stringify(message).includes('traceparent'))).toBe(true)
    expect(observed.provider.calls.filter(({ name }) => /mcp|tool/.test(name))).toEqual([])
    expect([...internalErrors.counts]).toEqual(errors)
  })

  it('removes its wrappers when the transport closes', async () => {
    observed = observeSdk(sdk)
    const { client, clientTransport } = await connectInMemory(sdk)
    const isOwn = () => ['send', 'close', 'start'].map((name) => Object.hasOwn(clientTransport, name))
    expect(isOwn()).toEqual([true, true, false])
    await client.close()
    expect(isOwn()).toEqual([false, false, false])
  })

  it('works if every method of the tracer throws', async () => {
    observed = observeSdk(sdk, FAILING)
    const { client } = await connectInMemory(sdk)
    expect((await client.listTools()).tools).toHaveLength(4)
    expect(await sdk.call(client, 'works')).toMatchObject({ content: [{ text: 'done' }] })
    await expect(sdk.call(client, 'waits', { timeout: 1 })).rejects.toThrow()
    await client.close()
    expect(internalErrors.counts.get('mcp_send')).toBeGreaterThan(0)
  })

  it('returns the rejection of the transport, which nobody else handles', async () => {
    observed = observeSdk(sdk)
    const transport = { ...recordingTransport([]), send: async () => Promise.reject(new RangeError('full')) }
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await expect(client.connect(transport)).rejects.toThrow('full')
    expect(observed.provider.counts('mcp.client.operation.duration')).toEqual({
      'mcp.method.name=initialize,error.type=RangeError': 1,
    })
  })
})
