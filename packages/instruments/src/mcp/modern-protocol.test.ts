import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { createMcpHandler, type McpServer } from '@modelcontextprotocol/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServer, type ObservedMcp, observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'

const SECOND = SDKS[1] as (typeof SDKS)[0]
const SERVER = fileURLToPath(new URL('../testing/mcp-stdio-server.mjs', import.meta.url))
const VERSION = 'mcp.protocol.version=2026-07-28'

// Versions of the protocol from 2026-07-28 have no `initialize` and no sessions.
describe('a client of the protocol version 2026-07-28', () => {
  let observed: ObservedMcp
  let onCall: () => void
  const create = () =>
    new Client({ name: 'client', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  const counts = (name: string) => observed.provider.counts(name)

  beforeEach(() => {
    observed = observeSdk(SECOND)
    onCall = () => {}
  })

  afterEach(() => observed.stop())

  it('counts one start over stdio, although the SDK starts the command twice', async () => {
    const client = create()
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [SERVER] }))
    await client.listTools()
    await client.callTool({ name: 'works', arguments: {} })
    await client.close()
    expect(counts('mcp.server.startup')).toEqual({ 'server_label=mcp-stdio-server.mjs,status=ok': 1 })
    const rest = `${VERSION},network.transport=pipe`
    expect(counts('mcp.client.operation.duration')).toEqual({
      [`mcp.method.name=tools/list,${rest}`]: 1,
      [`mcp.method.name=tools/call,gen_ai.operation.name=execute_tool,gen_ai.tool.name=works,${rest}`]: 1,
    })
    expect(counts('mcp.client.session.duration')).toEqual({ [rest]: 1 })
  })

  it('counts one failed start if the command does not exist', async () => {
    const client = create()
    const transport = new StdioClientTransport({ command: '/does/not/exist', args: ['--key', 'secret'] })
    await expect(client.connect(transport)).rejects.toThrow()
    expect(counts('mcp.server.startup')).toEqual({ 'server_label=exist,status=error': 1 })
  })

  describe('over HTTP', () => {
    const connect = async (): Promise<Client> => {
      const handler = createMcpHandler(() => createServer(SECOND, () => onCall()) as unknown as McpServer)
      const client = create()
      const transport = new StreamableHTTPClientTransport(new URL('http://mcp.example/mcp'), {
        fetch: (url, init) => handler.fetch(new Request(url, init)),
      })
      await client.connect(transport)
      return client
    }
    const network = `${VERSION},network.transport=tcp,network.protocol.name=http`
    const remote = 'server.address=mcp.example,server.port=80'
    const call = (name: string, rest: string) =>
      `mcp.method.name=tools/call,gen_ai.operation.name=execute_tool,gen_ai.tool.name=${name},${rest}`

    it('records requests on both sides, and no sessions', async () => {
      const client = await connect()
      await client.listTools()
      await client.callTool({ name: 'works', arguments: {} })
      await client.close()
      expect(counts('mcp.client.operation.duration')).toMatchObject({
        [`mcp.method.name=tools/list,${network},${remote}`]: 1,
        [call('works', `${network},${remote}`)]: 1,
      })
      expect(counts('mcp.server.operation.duration')).toMatchObject({ [call('works', network)]: 1 })
      expect(counts('mcp.server.startup')).toEqual({ 'server_label=mcp.example,status=ok': 1 })
      expect([counts('mcp.client.session.duration'), counts('mcp.server.session.duration')]).toEqual([{}, {}])
    })

    it('records a request that the application aborts, which the SDK cancels without a message', async () => {
      const client = await connect()
      await client.listTools()
      const controller = new AbortController()
      onCall = () => controller.abort()
      const answer = client.callTool({ name: 'waits', arguments: {} }, { signal: controller.signal })
      await expect(answer).rejects.toThrow()
      await client.close()
      expect(counts('mcp.client.operation.duration')).toMatchObject({
        [call('waits', `error.type=cancelled,${network},${remote}`)]: 1,
      })
    })

    it('records a request that times out', async () => {
      const client = await connect()
      await client.listTools()
      await expect(client.callTool({ name: 'waits', arguments: {} }, { timeout: 1 })).rejects.toThrow()
      await client.close()
      expect(counts('mcp.client.operation.duration')).toMatchObject({
        [call('waits', `error.type=timeout,${network},${remote}`)]: 1,
      })
    })
  })
})
