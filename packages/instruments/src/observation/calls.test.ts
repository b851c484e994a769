import { ROOT_CONTEXT } from '@opentelemetry/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { observeMcpStartup } from './mcp-startup.ts'
import { observeToolCall, recordToolCallRequested } from './tool-call.ts'

let provider: RecordingProvider
let instruments: GatewayInstruments
const context = ROOT_CONTEXT.setValue(Symbol('key'), 1)

beforeEach(() => {
  let now = 0
  provider = new RecordingProvider()
  instruments = new GatewayInstruments({
    meterProvider: provider,
    prefix: '',
    activeContext: () => context,
    now: () => (now += 1500),
  })
})

describe('tool calls', () => {
  it('counts what the model asks for, and bounds the type', () => {
    for (const type of ['function', 'mcp', 'web_search', 'code_interpreter', 'made up']) {
      recordToolCallRequested(instruments, type)
    }
    expect(provider.sums('tool.calls.requested')).toEqual({
      'tool_type=function': 1,
      'tool_type=mcp': 1,
      'tool_type=web_search': 1,
      'tool_type=code_interpreter': 1,
      'tool_type=other': 1,
    })
  })

  it('keeps the methods of a promise of a class, such as withResponse of the client of OpenAI', async () => {
    class APIPromise extends Promise<string> {
      withResponse(): Promise<{ data: string }> {
        return this.then((data) => ({ data }))
      }
    }
    const given = new APIPromise((resolve) => resolve('data'))
    for (const observed of [
      observeToolCall(instruments, 'function', () => given),
      observeMcpStartup(instruments, 'files', () => given),
    ]) {
      expect(observed).toBe(given)
      expect(await observed.withResponse()).toEqual({ data: 'data' })
    }
    expect(provider.sums('tool.calls.executed')).toEqual({ 'tool_type=function': 1 })
    expect(provider.sums('mcp.server.startup')).toEqual({ 'server_label=files,status=ok': 1 })
  })

  it('passes results through, at once or later', async () => {
    const result = { isError: false }
    expect(observeToolCall(instruments, 'function', () => result)).toBe(result)
    expect(await observeToolCall(instruments, 'function', async () => result)).toBe(result)
    expect(provider.sums('tool.calls.executed')).toEqual({ 'tool_type=function': 2 })
    expect(provider.sums('tool.execution.duration')).toEqual({ 'tool_type=function': 3 })
    expect(provider.sums('tool.errors')).toEqual({})
    const recorded = provider.calls.filter(({ name }) => name.startsWith('tool.'))
    expect(recorded.map((call) => call.context)).toEqual([context, context, context, context])
  })

  const error = new Error('on purpose')
  it.each<[string, () => unknown, unknown]>([
    [
      'throws',
      () => {
        throw error
      },
      error,
    ],
    ['rejects', () => Promise.reject(error), error],
    ['returns isError: true', async () => ({ isError: true }), { isError: true }],
    ["returns status: 'failed'", () => ({ status: 'failed' }), { status: 'failed' }],
  ])('counts a call that %s as executed and as an error', async (_how, run, expected) => {
    const result = await (async () => observeToolCall(instruments, 'mcp', run))().catch(
      (thrown: unknown) => thrown,
    )
    if (expected === error) expect(result).toBe(error)
    else expect(result).toEqual(expected)
    expect(provider.sums('tool.errors')).toEqual({ 'tool_type=mcp': 1 })
    expect(provider.sums('tool.calls.executed')).toEqual({ 'tool_type=mcp': 1 })
    expect(provider.counts('tool.execution.duration')).toEqual({ 'tool_type=mcp': 1 })
  })

  it('gives a result with hostile getters as it is', () => {
    const hostile = {
      get isError(): boolean {
        throw new Error('not yours')
      },
    }
    expect(observeToolCall(instruments, 'mcp', () => hostile)).toBe(hostile)
  })
})

describe('MCP start-ups', () => {
  it.each<[string, () => unknown, 'ok' | 'error']>([
    ['a list of tools', () => [{ name: 'search' }], 'ok'],
    ['an object with tools', async () => ({ tools: [{ name: 'search' }] }), 'ok'],
    ['nothing', () => undefined, 'ok'],
    ['an empty list', () => [], 'error'],
    ['an object without tools', async () => ({ tools: [] }), 'error'],
    [
      'an exception',
      () => {
        throw new Error('spawn ENOENT')
      },
      'error',
    ],
    [
      'a rejection',
      async () => {
        throw new Error('timeout')
      },
      'error',
    ],
  ])('answered by %s', async (_what, run, status) => {
    await (async () => observeMcpStartup(instruments, 'files', run))().catch(() => {})
    expect(provider.sums('mcp.server.startup')).toEqual({ [`server_label=files,status=${status}`]: 1 })
  })
})
