import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolAccount } from '../testing/tool-account.ts'
import { requested } from '../testing/tool-facts.ts'
import type { ToolCallRequested } from '../wire/facts.ts'
import { MAX_CALLS } from './shown-calls.ts'

const mcpCall = (callId: string, name = 'search'): ToolCallRequested =>
  requested(callId, { toolType: 'mcp_call', name })
const item = (toolType: string, callId: string): ToolCallRequested =>
  requested(callId, { toolType, name: undefined })

describe('a tool call that a model requests', () => {
  it.each<[string, ToolCallRequested[], ToolCallRequested[], Record<string, number>]>([
    ['by the engine only', [requested('a')], [], { function: 1 }],
    ['by the gateway only', [], [requested('a')], { function: 1 }],
    ['by both, with the same id', [requested('a')], [requested('a')], { function: 1 }],
    [
      'by both, with the same id and another name',
      [requested('a')],
      [requested('a', { name: 'f' })],
      { function: 1 },
    ],
    ['by both, with another id', [requested('a')], [requested('b')], { function: 1 }],
    ['twice by the engine, with the same id', [requested('a'), requested('a')], [], { function: 1 }],
    ['twice by the engine, with different ids', [requested('a'), requested('b')], [], { function: 2 }],
    [
      'in parallel, by both, in another order',
      [requested('a'), requested('b')],
      [requested('b'), requested('a')],
      { function: 2 },
    ],
    ['without ids', [requested(undefined), requested(undefined)], [requested(undefined)], { function: 2 }],
    [
      'with different names',
      [requested('a', { name: 'f' })],
      [requested('b', { name: 'g' })],
      { function: 2 },
    ],
    [
      'as a function, shown as a call of an MCP tool',
      [requested('a', { name: 'search' })],
      [mcpCall('m')],
      { mcp: 1 },
    ],
    [
      'twice as a function, shown twice as a call of an MCP tool',
      [requested('a', { name: 'search' }), requested('b', { name: 'search' })],
      [mcpCall('m'), mcpCall('n')],
      { mcp: 2 },
    ],
    [
      'as a function that is named after a built-in tool, shown as its call',
      [requested('a', { name: 'code_interpreter' }), requested('b', { name: 'web_search' })],
      [item('code_interpreter_call', 'c'), item('web_search_call', 'd')],
      { code_interpreter: 1, web_search: 1 },
    ],
    [
      'as a built-in tool, by both',
      [item('web_search_call', 'w')],
      [item('web_search_call', 'x')],
      { web_search: 1 },
    ],
    ['of an MCP server that the engine calls', [mcpCall('m')], [mcpCall('m')], { mcp: 1 }],
    [
      'of a built-in tool of vLLM',
      [
        requested('a', { toolType: 'mcp_call', name: 'python', serverLabel: 'code_interpreter' }),
        requested('b', { toolType: 'mcp_call', name: 'search', serverLabel: 'web_search_preview' }),
        requested('c', { toolType: 'mcp_call', name: 'search', serverLabel: 'github' }),
      ],
      [],
      { code_interpreter: 1, web_search: 1, mcp: 1 },
    ],
    [
      'of the Messages API',
      [
        requested('a', { toolType: 'tool_use' }),
        requested('b', { toolType: 'server_tool_use', name: 'web_search' }),
        requested('c', { toolType: 'server_tool_use', name: 'code_execution' }),
        requested('d', { toolType: 'server_tool_use', name: 'web_fetch' }),
        requested('e', { toolType: 'mcp_tool_use' }),
      ],
      [],
      { function: 1, web_search: 1, code_interpreter: 1, other: 1, mcp: 1 },
    ],
    [
      'of other types',
      [
        requested('a', { toolType: 'function' }),
        requested('b', { toolType: 'custom_tool_call' }),
        item('image_generation_call', 'c'),
        item('a type of the future', 'd'),
      ],
      [],
      { function: 2, other: 2 },
    ],
  ])('%s is counted once', (_how, engine, gateway, counts) => {
    expect(
      new ToolAccount()
        .engine(engine)
        .gateway(...gateway)
        .end().requested,
    ).toEqual(counts)
    expect(
      new ToolAccount()
        .gateway(...gateway)
        .engine(engine)
        .end().requested,
    ).toEqual(counts)
  })

  it.each(['search', 'mcp__github__search', 'github__search'])(
    'as the function %s is one of a listed MCP tool',
    (name) => {
      const account = new ToolAccount()
      account.instruments.mcpTools.add('search')
      expect(
        account
          .engine([requested('a', { name })])
          .gateway(mcpCall('m'))
          .end().requested,
      ).toEqual({ mcp: 1 })
    },
  )

  it('is counted in another request again', () => {
    for (let i = 0; i < 2; i++)
      expect(new ToolAccount().engine([requested('a')]).end().requested).toEqual({ function: 1 })
  })

  it('after the end of the request is counted when the engine call ends', () => {
    const account = new ToolAccount().engine([requested('a')])
    account.end()
    expect(account.engine([requested('b')]).end().requested).toEqual({ function: 2 })
  })
})

describe('tool calls', () => {
  interface Call {
    readonly id: string
    readonly name: string
    readonly shownBy: 'engine' | 'gateway' | 'both' | 'both, with another id and type'
  }

  const call = fc.record({
    id: fc.uuid(),
    name: fc.constantFrom('f', 'g', 'h'),
    shownBy: fc.constantFrom<Call['shownBy'][]>('engine', 'gateway', 'both'),
  })

  /** The facts of a call, by side. */
  function factsOf({ id, name, shownBy }: Call): ['engine' | 'gateway', ToolCallRequested][] {
    const fact = requested(id, { name })
    if (shownBy === 'both')
      return [
        ['engine', fact],
        ['gateway', fact],
      ]
    if (shownBy === 'engine' || shownBy === 'gateway') return [[shownBy, fact]]
    return [
      ['engine', fact],
      ['gateway', mcpCall(`mcp_${id}`, name)],
    ]
  }

  /** Reports facts in an order, some of them twice. */
  function count(calls: readonly Call[], order: readonly number[]): number {
    const { tools, ...account } = new ToolAccount()
    const facts = calls
      .flatMap(factsOf)
      .map((fact, index) => ({ fact, key: order[index % order.length] ?? 0 }))
    const engineCall = {}
    for (const {
      fact: [side, fact],
      key,
    } of facts.sort((a, b) => a.key - b.key)) {
      for (let times = key % 2; times >= 0; times--) {
        if (side === 'engine') tools.requestedByEngine(engineCall, fact)
        else tools.requestedByGateway(fact)
      }
      if (key % 5 === 0) tools.engineCallEnded(engineCall, 0, 'read')
    }
    tools.end()
    const counts = account.provider.sums('tool.calls.requested')
    return Object.values(counts).reduce((sum, value) => sum + value, 0)
  }

  const order = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 })

  it('are counted once each, in any order of the facts of both sides, if each side shows all its calls', () => {
    const shared = fc.uniqueArray(
      call.map((each) => ({ ...each, shownBy: 'both' as const })),
      { selector: ({ id }) => id, maxLength: 20 },
    )
    const engineOnly = fc.uniqueArray(
      call.map((each) => ({ ...each, shownBy: 'engine' as const })),
      { selector: ({ id }) => id, maxLength: 20 },
    )
    fc.assert(
      fc.property(shared, engineOnly, order, (both, hidden, keys) => {
        expect(count([...both, ...hidden], keys)).toBe(both.length + hidden.length)
      }),
    )
  })

  it('are counted once each if the gateway shows some with another id and type', () => {
    const calls = fc.uniqueArray(
      call.map((each) => ({ ...each, shownBy: 'both, with another id and type' as const })),
      { selector: ({ id }) => id, maxLength: 20 },
    )
    fc.assert(
      fc.property(calls, order, (all, keys) => {
        expect(count(all, keys)).toBe(all.length)
      }),
    )
  })
})

describe('more calls than are distinguished by their ids', () => {
  const many = (prefix: string, count: number): ToolCallRequested[] =>
    Array.from({ length: count }, (_, outputIndex) => requested(`${prefix}${outputIndex}`, { outputIndex }))

  it('are distinguished by their output index', () => {
    const calls = many('c', 10_000)
    const account = new ToolAccount().engine([...calls, ...calls])
    expect(account.end().requested).toEqual({ function: 10_000 })
  })

  it('are counted once if the gateway shows them too', () => {
    const calls = many('c', 3 * MAX_CALLS)
    expect(
      new ToolAccount()
        .engine(calls)
        .gateway(...calls)
        .end().requested,
    ).toEqual({ function: calls.length })
  })

  it('are counted for each answer', () => {
    const account = new ToolAccount().engine(many('a', MAX_CALLS + 5)).engine(many('b', 5))
    expect(account.end().requested).toEqual({ function: MAX_CALLS + 10 })
  })
})
