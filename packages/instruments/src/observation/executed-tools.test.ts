import { describe, expect, it } from 'vitest'
import { ToolAccount } from '../testing/tool-account.ts'
import { requested, result } from '../testing/tool-facts.ts'
import type { ToolCallRequested } from '../wire/facts.ts'

const webSearch = (callId: string, failed?: true): ToolCallRequested =>
  requested(callId, { toolType: 'web_search_call', name: undefined, failed })
const mcpCall = (callId: string, failed?: true): ToolCallRequested =>
  requested(callId, { toolType: 'mcp_call', name: 'search', failed })

const NOTHING = { executed: {}, errors: {}, seconds: {} }

describe('a function', () => {
  it('is executed if its result goes to the engine, for the time between the two engine calls', () => {
    const account = new ToolAccount().engine([requested('a')]).wait(3)
    expect(account.engine([], ['a']).wait(5).end()).toEqual({
      requested: { function: 1 },
      executed: { function: 1 },
      errors: {},
      seconds: { function: 3 },
    })
  })

  it('is not executed without a result', () => {
    expect(
      new ToolAccount()
        .engine([requested('a')])
        .wait(3)
        .engine([])
        .end(),
    ).toMatchObject(NOTHING)
  })

  it('is executed by the client if the result comes with the next request', () => {
    new ToolAccount().engine([requested('a')]).end()
    expect(new ToolAccount().engine([requested('b')], ['a']).end()).toMatchObject(NOTHING)
  })

  it('is executed once if later engine calls repeat its result', () => {
    const account = new ToolAccount().engine([requested('a')], ['old']).wait(3)
    account
      .engine([requested('b')], ['old', 'a'])
      .wait(4)
      .engine([], ['old', 'a', 'b'])
    expect(account.end()).toMatchObject({ executed: { function: 2 }, seconds: { function: 7 } })
  })

  it('has the same duration as the others of the same answer', () => {
    const account = new ToolAccount()
      .engine([requested('a'), requested('b')])
      .wait(3)
      .engine([], ['a', 'b'])
    expect(account.end()).toMatchObject({ executed: { function: 2 }, seconds: { function: 6 } })
    expect(account.provider.counts('tool.execution.duration')).toEqual({ 'tool_type=function': 2 })
  })

  it('whose engine call is still in progress has the duration since it was requested', () => {
    const { tools, ...account } = new ToolAccount()
    tools.requestedByEngine({}, requested('a'))
    tools.resultSent(result('a'), 2000)
    tools.end()
    expect(account.provider.sums('tool.execution.duration')).toEqual({ 'tool_type=function': 2 })
  })

  it('has failed if its result reports a failure', () => {
    const { tools, ...account } = new ToolAccount().engine([requested('a', { toolType: 'tool_use' })])
    tools.resultSent(result('a', true), 2000)
    tools.end()
    expect(account.provider.sums('tool.errors')).toEqual({ 'tool_type=function': 1 })
    expect(account.provider.calls.at(-1)).toMatchObject({
      name: 'gen_ai.execute_tool.duration',
      value: 1,
      attributes: { 'gen_ai.tool.name': 'get_weather', 'error.type': 'tool_error' },
    })
  })

  it('that a proxy only passes on is not executed', () => {
    expect(
      new ToolAccount()
        .engine([requested('a')])
        .gateway(requested('a'))
        .end(),
    ).toMatchObject(NOTHING)
  })

  it.each([
    ['mcp__github__search', 'search'],
    ['search', 'search'],
    ['find', 'other'],
  ])('%s that the gateway executes as an MCP tool has the name %s in metrics', (name, label) => {
    const account = new ToolAccount()
    account.instruments.mcpTools.add('search')
    account.engine([requested('a', { name })]).wait(3)
    account.gateway(requested('m', { toolType: 'mcp_call', name })).engine([], ['a'])
    expect(account.end()).toMatchObject({ executed: { mcp: 1 } })
    expect(account.provider.counts('gen_ai.execute_tool.duration')).toEqual({
      [`gen_ai.tool.name=${label}`]: 1,
    })
  })

  it('that the gateway shows as an MCP tool is executed as one', () => {
    const account = new ToolAccount().engine([requested('a', { name: 'search' })]).wait(3)
    account.gateway(mcpCall('m', true)).engine([], ['a'])
    expect(account.end()).toEqual({
      requested: { mcp: 1 },
      executed: { mcp: 1 },
      errors: { mcp: 1 },
      seconds: { mcp: 3 },
    })
  })
})

describe('a built-in tool', () => {
  it('is executed by the gateway if no engine shows its call', () => {
    const account = new ToolAccount().engine([requested('a', { name: 'web_search' })]).wait(2)
    expect(account.gateway(webSearch('w')).wait(3).end()).toEqual({
      requested: { web_search: 1 },
      executed: { web_search: 1 },
      errors: {},
      seconds: { web_search: 2 },
    })
  })

  it('that has failed is an error', () => {
    const account = new ToolAccount().engine([]).wait(2).gateway(webSearch('w', true), webSearch('v'))
    expect(account.end()).toMatchObject({ executed: { web_search: 2 }, errors: { web_search: 1 } })
  })

  it('is executed between two engine calls if the answer shows it at its end', () => {
    const account = new ToolAccount().engine([]).wait(2).engine([]).wait(5).gateway(webSearch('w'))
    expect(account.end()).toMatchObject({ executed: { web_search: 1 }, seconds: { web_search: 2 } })
  })

  it.each([
    ['the same id', 'w'],
    ['another id', 'x'],
  ])('is executed by the engine if it shows the call too, with %s', (_how, callId) => {
    const account = new ToolAccount().engine([webSearch('w', true)]).gateway(webSearch(callId, true))
    expect(account.end()).toEqual({ requested: { web_search: 1 }, ...NOTHING })
  })

  it('is not executed by the gateway if only the engine shows its call', () => {
    expect(new ToolAccount().engine([mcpCall('m', true)]).end()).toMatchObject(NOTHING)
  })

  it('may be executed by an engine whose answer was not read', () => {
    expect(new ToolAccount().gateway(webSearch('w')).end()).toEqual({
      requested: { web_search: 1 },
      ...NOTHING,
    })
  })

  it.each([
    ['code_interpreter', 'code_interpreter'],
    ['web_search_preview', 'web_search'],
    ['container', 'other'],
    ['a_server', 'mcp'],
  ])('of vLLM is shown as a call of the MCP server %s, and has the type %s', (serverLabel, type) => {
    const account = new ToolAccount().engine([requested('m', { toolType: 'mcp_call', serverLabel })])
    expect(account.end()).toEqual({ requested: { [type]: 1 }, ...NOTHING })
  })

  it('that the receiver of the answer executes is not executed', () => {
    const shellCall = requested('s', { toolType: 'shell_call', name: undefined })
    expect(new ToolAccount().engine([]).gateway(shellCall).end()).toEqual({
      requested: { other: 1 },
      ...NOTHING,
    })
  })
})

describe('an execution that is observed', () => {
  /** An agent loop with two calls of different functions. `observe` reports the execution of the first. */
  function loop(observe: (account: ToolAccount) => void): ReturnType<ToolAccount['end']> {
    const account = new ToolAccount()
      .engine([requested('a', { name: 'f' }), requested('b', { name: 'g' })])
      .wait(1)
    observe(account)
    return account.wait(2).engine([], ['a', 'b']).end()
  }

  it.each<[string, (account: ToolAccount) => void, object, object]>([
    [
      'the id of a call',
      (account) => account.execution({ type: 'mcp', callId: 'a', name: 'another' }),
      { mcp: 1, function: 1 },
      { function: 1 },
    ],
    [
      'the name of a call',
      (account) => account.execution({ type: 'mcp', name: 'f' }),
      { mcp: 1, function: 1 },
      { function: 1 },
    ],
    [
      'the type of a call',
      (account) => account.execution({ type: 'function' }),
      { function: 2 },
      { function: 1 },
    ],
    [
      'another type, between request and result',
      (account) => account.execution({ type: 'code_interpreter' }),
      { function: 2 },
      { function: 1 },
    ],
    [
      'another type, before the request',
      (account) => account.execution({ type: 'web_search', startedAt: 0 }),
      { function: 2 },
      { function: 2 },
    ],
  ])('with %s is not inferred too', (_how, observe, requestedCounts, executed) => {
    expect(loop(observe)).toMatchObject({ requested: requestedCounts, executed })
  })

  it('belongs to a call that was executed, if several have its name', () => {
    const account = new ToolAccount().engine([requested('a'), requested('b')])
    account.execution({ type: 'function', name: 'get_weather' }).engine([], ['b'])
    expect(account.end()).toMatchObject({ requested: { function: 2 }, executed: {} })
  })

  it('of the listed MCP tool belongs to the function with a prefix', () => {
    const account = new ToolAccount()
    account.instruments.mcpTools.add('search')
    account.engine([requested('a', { name: 'mcp__github__search' })])
    account.execution({ type: 'mcp', name: 'search' }).engine([], ['a'])
    expect(account.end()).toEqual({ requested: { mcp: 1 }, ...NOTHING })
  })
})
