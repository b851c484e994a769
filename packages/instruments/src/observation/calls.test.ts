import { ROOT_CONTEXT } from '@opentelemetry/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { observeMcpStartup } from '../request-context/mcp-startup.ts'
import { observeToolCall, recordToolCallRequested } from '../request-context/tool-call.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'

const CONTEXT = ROOT_CONTEXT.setValue(Symbol('key'), 1)
const FAILURE = new Error('no')

let provider: RecordingProvider
let instruments: GatewayInstruments

beforeEach(() => {
  let now = 0
  provider = new RecordingProvider()
  instruments = new GatewayInstruments({
    meterProvider: provider,
    prefix: '',
    activeContext: () => CONTEXT,
    now: () => (now += 1500),
  })
  provider.calls.length = 0 // without the initial values of up-down counters
})

function fail(): never {
  throw FAILURE
}

/** Awaits a call; returns its result or what it threw. */
async function outcomeOf(call: () => unknown): Promise<{ result: unknown } | { error: unknown }> {
  try {
    return { result: await call() }
  } catch (error) {
    return { error }
  }
}

describe('recordToolCallRequested', () => {
  it('counts a requested call by type, an unknown type as other', () => {
    for (const type of ['function', 'mcp', 'web_search', 'code_interpreter', 'made up']) {
      recordToolCallRequested(instruments, type)
    }
    expect(provider.calls).toEqual(
      ['function', 'mcp', 'web_search', 'code_interpreter', 'other'].map((type) => ({
        name: 'tool.calls.requested',
        value: 1,
        attributes: { tool_type: type },
        context: CONTEXT,
      })),
    )
  })
})

describe('observeToolCall', () => {
  /** The measurements of one executed call. */
  function executed(toolType: string, errorType?: string): object[] {
    const common = { attributes: { tool_type: toolType }, context: CONTEXT }
    const call = { name: 'tool.calls.executed', value: 1, ...common }
    const duration = { name: 'tool.execution.duration', value: 1.5, ...common }
    const genai = { name: 'gen_ai.execute_tool.duration', value: 1.5, context: CONTEXT }
    if (errorType === undefined) return [call, duration, { ...genai, attributes: {} }]
    const error = { name: 'tool.errors', value: 1, ...common }
    return [call, duration, error, { ...genai, attributes: { 'error.type': errorType } }]
  }

  it.each<[string, () => unknown, { result: unknown } | { error: unknown }]>([
    ['returns a result', () => 'result', { result: 'result' }],
    ['resolves', async () => 'result', { result: 'result' }],
    ['returns isError: false', () => ({ isError: false }), { result: { isError: false } }],
    ['resolves to another status', async () => ({ status: 'ok' }), { result: { status: 'ok' } }],
  ])('records an executed call that %s, without an error', async (_how, run, outcome) => {
    expect(await outcomeOf(() => observeToolCall(instruments, 'function', run))).toEqual(outcome)
    expect(provider.calls).toEqual(executed('function'))
  })

  it.each<[string, () => unknown, { result: unknown } | { error: unknown }, string]>([
    ['throws', fail, { error: FAILURE }, 'Error'],
    ['rejects', async () => fail(), { error: FAILURE }, 'Error'],
    [
      'resolves to isError: true',
      async () => ({ isError: true }),
      { result: { isError: true } },
      'tool_error',
    ],
    ['returns status failed', () => ({ status: 'failed' }), { result: { status: 'failed' } }, 'tool_error'],
  ])('records an executed call that %s, with an error', async (_how, run, outcome, errorType) => {
    expect(await outcomeOf(() => observeToolCall(instruments, 'mcp', run))).toEqual(outcome)
    expect(provider.calls).toEqual(executed('mcp', errorType))
  })

  it('returns the same object, with hostile getters too', () => {
    const hostile = {
      get isError(): boolean {
        throw new Error('hostile getter')
      },
    }
    expect(observeToolCall(instruments, 'mcp', () => hostile)).toBe(hostile)
  })
})

describe('observeMcpStartup', () => {
  it.each<[string, 'ok' | 'error', () => unknown]>([
    ['a list of tools', 'ok', () => [{ name: 'search' }]],
    ['an object with tools', 'ok', async () => ({ tools: [{ name: 'search' }] })],
    ['no result', 'ok', () => undefined],
    ['an empty list', 'error', () => []],
    ['an object with an empty list of tools', 'error', async () => ({ tools: [] })],
    ['an exception', 'error', fail],
    ['a rejection', 'error', async () => fail()],
  ])('counts a start with %s as %s', async (_what, status, run) => {
    const expected = await outcomeOf(run)
    expect(await outcomeOf(() => observeMcpStartup(instruments, 'files', run))).toEqual(expected)
    const common = { attributes: { server_label: 'files', status }, context: CONTEXT }
    expect(provider.calls).toEqual([
      { name: 'mcp.server.startup', value: 1, ...common },
      { name: 'mcp.server.startup_duration', value: 1.5, ...common },
    ])
  })
})

it('a promise of a subclass keeps its methods, such as withResponse of the OpenAI client', async () => {
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
