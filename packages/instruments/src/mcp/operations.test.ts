import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { internalErrors } from '../instruments/internal-errors.ts'
import {
  connectInMemory,
  createServer,
  type ObservedMcp,
  observeSdk,
  type Pair,
} from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'
import { type McpSpanStart, NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'

const VERSION = 'mcp.protocol.version=2025-11-25'

describe.each(SDKS)('a client and a server of $name', (sdk) => {
  let observed: ObservedMcp
  let pair: Pair
  let onCall: () => void
  const operations = (side: 'client' | 'server') => observed.provider.counts(`mcp.${side}.operation.duration`)
  const callsOf = (side: 'client' | 'server') =>
    Object.fromEntries(Object.entries(operations(side)).filter(([key]) => key.includes('tools/call')))
  const call = (rest: string) => `mcp.method.name=tools/call,gen_ai.operation.name=execute_tool,${rest}`

  /** Resolves when the server has received some calls. */
  const calls = (count: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = count
    onCall = () => void (--left === 0 && resolve())
    return promise
  }

  /** Returns a signal that is aborted when the server has received a call. */
  const abortedByCall = (): AbortSignal => {
    const controller = new AbortController()
    void calls(1).then(() => controller.abort())
    return controller.signal
  }

  beforeEach(async () => {
    observed = observeSdk(sdk)
    onCall = () => {}
    pair = await connectInMemory(
      sdk,
      createServer(sdk, () => onCall()),
    )
  })

  afterEach(async () => {
    await pair.client.close()
    observed.stop()
    expect([...internalErrors.counts]).toEqual([])
  })

  it('record each request and notification once on each side', async () => {
    await pair.client.listTools()
    await pair.client.ping()
    const expected = {
      [`mcp.method.name=initialize,${VERSION}`]: 1,
      [`mcp.method.name=notifications/initialized,${VERSION}`]: 1,
      [`mcp.method.name=tools/list,${VERSION}`]: 1,
      [`mcp.method.name=ping,${VERSION}`]: 1,
    }
    expect(operations('client')).toEqual(expected)
    expect(operations('server')).toEqual(expected)
  })

  it('record calls by tool and error type, with the name `other` for a tool that was not listed', async () => {
    await pair.client.listTools()
    for (const name of ['works', 'reports', 'throws']) await sdk.call(pair.client, name)
    const unknown = await sdk.call(pair.client, 'secret-name').catch(() => 'rejected')
    const error =
      unknown === 'rejected'
        ? ['rpc.response.status_code=-32602,error.type=-32602,', 'rpc.response.status_code=-32602,']
        : ['error.type=tool_error,', 'error.type=tool_error,']
    const known = {
      [call(`gen_ai.tool.name=works,${VERSION}`)]: 1,
    }
    const failed = ['reports', 'throws'].map((name) => [
      call(`gen_ai.tool.name=${name},`),
      `error.type=tool_error,${VERSION}`,
    ])
    const withErrors = Object.fromEntries(failed.map(([key, rest]) => [`${key}${rest}`, 1]))
    const other = (side: 0 | 1) => ({ [call(`gen_ai.tool.name=other,${error[side]}${VERSION}`)]: 1 })
    expect(callsOf('client')).toEqual({ ...known, ...withErrors, ...other(0) })
    expect(callsOf('server')).toEqual({ ...known, ...withErrors, ...other(1) })
    expect(observed.provider.sums('tool.calls.executed')).toEqual({ 'tool_type=mcp': 4 })
    expect(observed.provider.sums('tool.errors')).toEqual({ 'tool_type=mcp': 3 })
    const code = unknown === 'rejected' ? '-32602' : 'tool_error'
    expect(observed.provider.counts('gen_ai.execute_tool.duration')).toEqual({
      'gen_ai.tool.name=works': 1,
      'gen_ai.tool.name=reports,error.type=tool_error': 1,
      'gen_ai.tool.name=throws,error.type=tool_error': 1,
      [`gen_ai.tool.name=other,error.type=${code}`]: 1,
    })
  })

  it('record the duration of a request until its response', async () => {
    await pair.client.listTools()
    onCall = () => observed.pass(1500)
    await sdk.call(pair.client, 'works')
    expect(observed.provider.sums('mcp.client.operation.duration')).toMatchObject({
      [call(`gen_ai.tool.name=works,${VERSION}`)]: 1.5,
    })
    expect(observed.provider.sums('tool.execution.duration')).toEqual({ 'tool_type=mcp': 1.5 })
  })

  it.each<['timeout' | 'cancelled', () => object]>([
    ['timeout', () => ({ timeout: 1 })],
    ['cancelled', () => ({ signal: abortedByCall() })],
  ])('record a request that ends by %s on both sides', async (errorType, options) => {
    await pair.client.listTools()
    await expect(sdk.call(pair.client, 'waits', options())).rejects.toThrow()
    const key = call(`gen_ai.tool.name=waits,error.type=${errorType},${VERSION}`)
    expect([callsOf('client'), callsOf('server')]).toEqual([{ [key]: 1 }, { [key]: 1 }])
    expect(observed.provider.sums('tool.errors')).toEqual({ 'tool_type=mcp': 1 })
  })

  it('end all requests when the session closes', async () => {
    await pair.client.listTools()
    const called = calls(2)
    const answers = [sdk.call(pair.client, 'waits'), sdk.call(pair.client, 'waits')]
    await called
    await pair.client.close()
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const key = call(`gen_ai.tool.name=waits,error.type=connection_closed,${VERSION}`)
    expect([callsOf('client'), callsOf('server')]).toEqual([{ [key]: 2 }, { [key]: 2 }])
  })

  it('record messages that arrive while the transport starts', async () => {
    const [clientTransport, serverTransport] = sdk.InMemoryTransport.createLinkedPair()
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    const connecting = client.connect(clientTransport)
    await new Promise((resolve) => setImmediate(resolve)) // the client sends its first message in a later microtask
    await createServer(sdk).connect(serverTransport)
    await connecting
    await client.close()
    expect(operations('server')[`mcp.method.name=initialize,${VERSION}`]).toBe(2)
  })

  it('record prompts by name', async () => {
    await pair.client.listPrompts()
    await pair.client.getPrompt({ name: 'greets' })
    const key = `mcp.method.name=prompts/get,gen_ai.prompt.name=greets,${VERSION}`
    expect([operations('client')[key], operations('server')[key]]).toEqual([1, 1])
  })

  it('list the names of MCP tools for the types of tool calls', async () => {
    expect(observed.instruments.mcpTools.isMcpTool('works')).toBe(false)
    await pair.client.listTools()
    expect(observed.instruments.mcpTools.isMcpTool('mcp__server__works')).toBe(true)
  })

  it('record nothing after the observation has stopped, and work as before', async () => {
    await pair.client.listTools()
    observed.stop()
    const before = observed.provider.calls.length
    expect(await sdk.call(pair.client, 'works')).toMatchObject({ content: [{ text: 'done' }] })
    const late = await connectInMemory(sdk)
    expect((await late.client.listTools()).tools).toHaveLength(4)
    await late.client.close()
    expect(observed.provider.calls.length).toBe(before)
  })
})

it.each(SDKS)('only the spans of a client of $name have the label of the server', async (sdk) => {
  const starts: [string, McpSpanStart][] = []
  const record =
    (side: string) =>
    (request: McpSpanStart): undefined =>
      void starts.push([side, request])
  const tracer = { ...NOOP_MCP_TRACER, startCall: record('client'), startRequest: record('server') }
  const observed = observeSdk(sdk, tracer)
  const pair = await connectInMemory(sdk)
  await pair.client.listTools()
  await pair.client.close()
  observed.stop()
  const labels = starts.map(([side, { method, serverLabel }]) => `${side} ${method}: ${serverLabel}`)
  expect(labels.toSorted()).toEqual([
    'client initialize: in_memory',
    'client tools/list: in_memory',
    'server initialize: undefined',
    'server tools/list: undefined',
  ])
})
