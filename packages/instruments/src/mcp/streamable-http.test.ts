import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ObservedMcp, observeSdk } from '../testing/mcp-exchange.ts'
import { type McpHttpServer, startMcpHttpServer } from '../testing/mcp-http-server.ts'
import { SDKS, type SdkClient } from '../testing/mcp-sdks.ts'

const [SERVER_SDK] = SDKS

describe.each(SDKS)('a client of $name over streamable HTTP', (sdk) => {
  let observed: ObservedMcp
  let undoServer: () => void
  let server: McpHttpServer

  beforeEach(async () => {
    observed = observeSdk(sdk)
    // The server is of the SDK 1.x, whose patch is undone by its first undo only.
    undoServer = sdk === SERVER_SDK ? () => {} : (SERVER_SDK?.patch() ?? (() => {}))
    server = await startMcpHttpServer()
  })

  afterEach(async () => {
    await server.close()
    undoServer()
    observed.stop()
  })

  const connect = async (): Promise<SdkClient> => {
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await client.connect(new sdk.StreamableHTTPClientTransport(server.url))
    return client
  }
  const counts = (name: string) => observed.provider.counts(name)
  const remote = () => `server.address=127.0.0.1,server.port=${server.url.port}`
  const network = 'mcp.protocol.version=2025-11-25,network.transport=tcp,network.protocol.name=http'

  it('counts the start of the server once for all sessions, by its host', async () => {
    for (let i = 0; i < 3; i++) {
      const client = await connect()
      await client.listTools()
      await client.close()
    }
    expect(counts('mcp.server.startup')).toEqual({ [`server_label=${server.url.host},status=ok`]: 1 })
    expect(counts('mcp.client.session.duration')).toEqual({ [`${network},${remote()}`]: 3 })
  })

  it('records operations with the network and, on the client, the server', async () => {
    const client = await connect()
    await client.listTools()
    await sdk.call(client, 'reports')
    await client.close()
    const call =
      'mcp.method.name=tools/call,gen_ai.operation.name=execute_tool,gen_ai.tool.name=reports,error.type=tool_error'
    expect(counts('mcp.client.operation.duration')).toMatchObject({ [`${call},${network},${remote()}`]: 1 })
    expect(counts('mcp.server.operation.duration')).toMatchObject({ [`${call},${network}`]: 1 })
  })

  it('records sessions of the server when they close', async () => {
    const client = await connect()
    await client.listTools()
    await client.close()
    await server.close()
    expect(counts('mcp.server.session.duration')).toEqual({ [network]: 1 })
  })

  it('records a request that times out, and none that was aborted before it was sent', async () => {
    const client = await connect()
    await client.listTools()
    await expect(sdk.call(client, 'waits', { signal: AbortSignal.abort() })).rejects.toThrow()
    await expect(sdk.call(client, 'waits', { timeout: 1 })).rejects.toThrow()
    await client.close()
    const calls = Object.entries(counts('mcp.client.operation.duration')).filter(([key]) =>
      key.includes('waits'),
    )
    expect(calls).toEqual([[expect.stringContaining('error.type=timeout'), 1]])
  })

  it('counts a server that refuses connections as error, with the code of the network', async () => {
    await server.close()
    await expect(connect()).rejects.toThrow()
    expect(counts('mcp.server.startup')).toEqual({ [`server_label=${server.url.host},status=error`]: 1 })
    expect(counts('mcp.client.operation.duration')).toEqual({
      [`mcp.method.name=initialize,error.type=ECONNREFUSED,network.transport=tcp,network.protocol.name=http,${remote()}`]: 1,
    })
  })

  it('records no part of the URL but host and port', async () => {
    const client = await connect()
    await client.listTools()
    await client.close()
    expect(JSON.stringify(observed.provider.calls)).not.toContain('secret')
  })
})
