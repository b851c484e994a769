import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, type McpServer } from '@modelcontextprotocol/server'
import { type DiagLogger, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setLogger } from '../logger.ts'
import { connectInMemory, type ObservedMcp, observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS, type Sdk, type SdkServer } from '../testing/mcp-sdks.ts'
import { type McpStartupFailure, type McpTracer, NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'

let observed: ObservedMcp
let warnings: string[]
/** How the spans of starts have ended. */
let ends: (McpStartupFailure | undefined)[]

const TRACER: McpTracer = {
  ...NOOP_MCP_TRACER,
  startStartup: () => ({ context: ROOT_CONTEXT, end: (failure) => void ends.push(failure) }),
}

const starts = () => observed.provider.counts('mcp.server.startup')

function createServerWithoutTools(sdk: Sdk): SdkServer {
  const server = new sdk.McpServer({ name: 'server', version: '1.0.0' })
  server.registerPrompt('greets', {}, () => ({ messages: [] }))
  return server
}

beforeEach(() => {
  ends = []
  warnings = []
  const nothing = () => {}
  const warn = (message: string): void => void warnings.push(message)
  setLogger({ error: nothing, info: nothing, debug: nothing, verbose: nothing, warn } satisfies DiagLogger)
})

afterEach(() => {
  observed.stop()
  setLogger(undefined)
})

describe.each(SDKS)('a server that declares no tools, for a client of $name', (sdk) => {
  const OK = { 'server_label=in_memory,status=ok': 1 }

  beforeEach(() => {
    observed = observeSdk(sdk, TRACER)
  })

  it('has started when the client has connected', async () => {
    const { client } = await connectInMemory(sdk, createServerWithoutTools(sdk))
    expect([starts(), ends]).toEqual([OK, [undefined]])
    await client.close()
    expect([starts(), ends]).toEqual([OK, [undefined]])
  })

  it('has started also if the client lists its tools and then uses it', async () => {
    const { client } = await connectInMemory(sdk, createServerWithoutTools(sdk))
    const answer = await client.listTools().catch((error: { code: unknown }) => error.code)
    await client.listPrompts()
    await client.close()
    expect([starts(), ends, warnings]).toEqual([OK, [undefined], []])
    const lists = Object.keys(observed.provider.counts('mcp.client.operation.duration')).filter((key) =>
      key.includes('tools/list'),
    )
    // SDK 2.x returns an empty list and sends nothing.
    if (sdk.name === '1.x')
      expect([answer, lists]).toEqual([-32601, [expect.stringContaining('error.type=-32601')]])
    else expect([answer, lists]).toEqual([{ tools: [] }, []])
  })

  it('has not started if connecting fails after the capabilities', async () => {
    const [clientTransport, serverTransport] = sdk.InMemoryTransport.createLinkedPair()
    await createServerWithoutTools(sdk).connect(serverTransport)
    const { send } = clientTransport as { send(message: { method?: string }): Promise<void> }
    const failing = Object.assign(clientTransport, {
      async send(message: { method?: string }): Promise<void> {
        if (message.method === 'notifications/initialized') throw new RangeError('full')
        return send.call(clientTransport, message)
      },
    })
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await expect(client.connect(failing)).rejects.toThrow('full')
    expect(starts()).toEqual({ 'server_label=in_memory,status=error': 1 })
    expect(ends).toEqual([{ reason: 'exception', errorType: 'RangeError' }])
  })
})

describe('a server that declares no tools, for the protocol version 2026-07-28', () => {
  const SECOND = SDKS[1] as Sdk
  const OK = { 'server_label=mcp.example,status=ok': 1 }
  const handler = createMcpHandler(() => createServerWithoutTools(SECOND) as unknown as McpServer)
  const create = () =>
    new Client({ name: 'client', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  const createTransport = () =>
    new StreamableHTTPClientTransport(new URL('http://mcp.example/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    })

  beforeEach(() => {
    observed = observeSdk(SECOND, TRACER)
  })

  it('has started when the client has connected', async () => {
    const client = create()
    await client.connect(createTransport())
    expect([starts(), ends]).toEqual([OK, [undefined]])
    expect(await client.listTools()).toMatchObject({ tools: [] })
    await client.close()
    expect([starts(), ends]).toEqual([OK, [undefined]])
  })

  it('has started at its first use if the client knows its capabilities from an earlier connection', async () => {
    const first = create()
    await first.connect(createTransport())
    const discover = first.getDiscoverResult()
    await first.close()
    observed.stop()
    observed = observeSdk(SECOND, TRACER)
    if (discover === undefined) throw new Error('the client has no capabilities')
    const client = create()
    await client.connect(createTransport(), { prior: { kind: 'modern', discover } })
    expect([starts(), ends]).toEqual([{}, [undefined]])
    await client.getPrompt({ name: 'greets' })
    expect([starts(), ends]).toEqual([OK, [undefined, undefined]])
    await client.close()
  })
})
