import { type DiagLogger, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setLogger } from '../logger.ts'
import { observeMcpStartup } from '../request-context/mcp-startup.ts'
import { connectInMemory, createServer, type ObservedMcp, observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'
import { NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'
import { McpObserver } from './mcp-observer.ts'
import { McpStartup } from './mcp-startup.ts'
import type { TransportFacts } from './transport-facts.ts'

let observed: ObservedMcp
let warnings: string[]

beforeEach(() => {
  warnings = []
  const nothing = () => {}
  const warn = (message: string): void => void warnings.push(message)
  setLogger({ error: nothing, info: nothing, debug: nothing, verbose: nothing, warn } satisfies DiagLogger)
})

afterEach(() => {
  observed.stop()
  setLogger(undefined)
})

const starts = () => observed.provider.counts('mcp.server.startup')
const LOCAL = 'server_label=in_memory'

describe.each(SDKS)('the start of a server, for a client of $name', (sdk) => {
  beforeEach(() => {
    observed = observeSdk(sdk)
  })

  it('is counted as ok at the first list of tools, once', async () => {
    const { client } = await connectInMemory(sdk)
    expect(starts()).toEqual({})
    observed.pass(2000)
    await client.listTools()
    await client.listTools()
    await client.close()
    expect(starts()).toEqual({ [`${LOCAL},status=ok`]: 1 })
    expect(observed.provider.sums('mcp.server.startup_duration')).toEqual({ [`${LOCAL},status=ok`]: 2 })
    expect(warnings).toEqual([])
  })

  it('is counted as ok at the first call of a client that lists no tools', async () => {
    const { client } = await connectInMemory(sdk)
    await client.ping()
    expect(starts()).toEqual({})
    await sdk.call(client, 'works')
    await client.close()
    expect(starts()).toEqual({ [`${LOCAL},status=ok`]: 1 })
  })

  it('is counted at the end of a session that listed only prompts', async () => {
    const { client } = await connectInMemory(sdk)
    await client.listPrompts()
    expect(starts()).toEqual({})
    await client.close()
    expect(starts()).toEqual({ [`${LOCAL},status=ok`]: 1 })
  })

  it('is not counted if the application closes the session before it uses the server', async () => {
    const { client } = await connectInMemory(sdk)
    await client.close()
    expect(starts()).toEqual({})
    expect(warnings).toEqual([])
  })

  it('is counted as error if the server closes the session before it has listed its tools', async () => {
    const { clientTransport } = await connectInMemory(sdk)
    ;(clientTransport as { onclose(): void }).onclose()
    expect(starts()).toEqual({ [`${LOCAL},status=error`]: 1 })
    expect(warnings).toEqual([
      expect.stringMatching(/^MCP server "in_memory" did not start: the connection closed/),
    ])
  })

  it('is counted once, by observeMcpStartup, if code counts it', async () => {
    await observeMcpStartup(observed.instruments, 'named', async () => {
      const { client } = await connectInMemory(sdk)
      return client.listTools()
    })
    const { client } = await connectInMemory(sdk)
    await observeMcpStartup(observed.instruments, 'named', () => client.listTools())
    await client.listTools()
    await client.close()
    expect(starts()).toEqual({ 'server_label=named,status=ok': 2 })
  })

  it('that fails is counted once, by observeMcpStartup, if code counts it', async () => {
    const command = '/does/not/exist'
    const run = () =>
      new sdk.Client({ name: 'client', version: '1.0.0' }).connect(new sdk.StdioClientTransport({ command }))
    await expect(observeMcpStartup(observed.instruments, 'named', run)).rejects.toThrow()
    expect(starts()).toEqual({ 'server_label=named,status=error': 1 })
  })

  it('is not repeated by a client that resumes a session', async () => {
    const [clientTransport, serverTransport] = sdk.InMemoryTransport.createLinkedPair()
    await createServer(sdk).connect(serverTransport)
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await client.connect(Object.assign(clientTransport, { sessionId: 'resumed' }))
    await client.listTools()
    await client.close()
    expect(starts()).toEqual({})
  })
})

describe('starts', () => {
  const REMOTE: TransportFacts = {
    kind: 'http',
    transport: 'tcp',
    networkProtocol: 'http',
    server: { address: 'api.example', port: 443 },
    serverLabel: 'api.example',
    serverKey: 'https://api.example/mcp',
  }
  let observer: McpObserver
  const start = (facts: TransportFacts): McpStartup => new McpStartup(observer, facts, ROOT_CONTEXT)

  beforeEach(() => {
    const [sdk] = SDKS
    observed = observeSdk(sdk as (typeof SDKS)[0])
    observer = new McpObserver({
      instruments: observed.instruments,
      tracer: NOOP_MCP_TRACER,
      serverLabels: {},
    })
  })

  it('of a server over a network are counted once until a failure', () => {
    for (let i = 0; i < 3; i++) start(REMOTE).requestSucceeded('tools/list', 1)
    expect(starts()).toEqual({ 'server_label=api.example,status=ok': 1 })
    start(REMOTE).failed(new TypeError('fetch failed'))
    start(REMOTE).failed(new TypeError('fetch failed'))
    start(REMOTE).requestSucceeded('tools/list', 1)
    expect(starts()).toEqual({
      'server_label=api.example,status=ok': 2,
      'server_label=api.example,status=error': 2,
    })
  })

  it('of commands are all counted, with a bounded number of labels', () => {
    for (let i = 0; i < 300; i++) {
      const names = { serverLabel: `server-${i}`, serverKey: `server-${i}` }
      start({ ...REMOTE, ...names, kind: 'stdio', server: undefined }).requestSucceeded('tools/list', 1)
    }
    const counts = starts()
    expect(Object.keys(counts)).toHaveLength(101)
    expect(counts['server_label=other,status=ok']).toBe(200)
  })

  it('that fail are logged once for each reason until a start succeeds, without the message of the error', () => {
    const error = Object.assign(new Error('spawn /secret/path'), {
      code: 'ENOENT',
      syscall: 'spawn /secret/path',
    })
    for (let i = 0; i < 3; i++) start(REMOTE).failed(error)
    start(REMOTE).requestSucceeded('tools/list', 0)
    start(REMOTE).requestSucceeded('tools/list', 1)
    start(REMOTE).failed(error)
    expect(warnings.map((line) => line.split(';')[0])).toEqual([
      'MCP server "api.example" did not start: its command could not be started (ENOENT)',
      'MCP server "api.example" did not start: its list of tools is empty',
      'MCP server "api.example" did not start: its command could not be started (ENOENT)',
    ])
    expect(warnings.join()).not.toContain('secret')
  })

  it('with a JSON-RPC error are logged with its code', () => {
    start(REMOTE).requestFailed('tools/list', '-32601')
    expect(warnings).toEqual([
      'MCP server "api.example" did not start: connecting or listing its tools failed (JSON-RPC error -32601); counted in mcp_server_startup_total with status="error"; not logged again for this reason until a start succeeds',
    ])
  })
})
