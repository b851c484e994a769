import { expect, it } from 'vitest'
import { connectInMemory, observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'
import { type McpSpan, NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'

it.each(SDKS)(
  'a call of a tool with $name passes its content to both spans, before they end',
  async (sdk) => {
    const content: unknown[] = []
    const spanOf = (side: string, context: McpSpan['context']): McpSpan => ({
      context,
      setContent: (kind, value) => void content.push([side, kind, JSON.stringify(value)]),
      end: () => void content.push([side, 'end']),
    })
    const observed = observeSdk(sdk, {
      ...NOOP_MCP_TRACER,
      startCall: (_request, context) => spanOf('client', context),
      startRequest: (_request, _meta, context) => spanOf('server', context),
    })
    const { client } = await connectInMemory(sdk)
    await client.ping()
    content.length = 0
    await client.callTool({ name: 'works', arguments: { query: 'x' } })
    await client.close()
    observed.stop()
    const sent = '{"query":"x"}'
    const result = expect.stringContaining('"text":"done"')
    expect(content).toEqual(
      expect.arrayContaining([
        ['client', 'arguments', sent],
        ['server', 'arguments', sent],
        ['server', 'result', result],
        ['client', 'result', result],
      ]),
    )
    expect(content.filter((entry) => (entry as string[])[1] === 'end')).toHaveLength(2)
    expect(content.at(-1)).toEqual(['client', 'end'])
  },
)
