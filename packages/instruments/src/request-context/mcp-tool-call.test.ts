import { ROOT_CONTEXT } from '@opentelemetry/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { contextStorage, runInRequestContext } from './current-request.ts'
import { startMcpToolCall } from './mcp-tool-call.ts'
import { observeToolCall, recordToolCallRequested } from './tool-call.ts'

let provider: RecordingProvider
let instruments: GatewayInstruments
let observation: RequestObservation
let now: number

beforeEach(() => {
  now = 0
  provider = new RecordingProvider()
  instruments = new GatewayInstruments({ meterProvider: provider, prefix: '', now: () => now })
  observation = new RequestObservation(instruments, {
    method: 'POST',
    scheme: 'http',
    protocolVersion: '1.1',
  })
})

/** Calls an MCP tool for one second. */
async function callMcpTool(errorType?: string): Promise<void> {
  const call = startMcpToolCall(instruments, 'search')
  await Promise.resolve()
  call.ended(1, errorType, ROOT_CONTEXT)
}

/** The answer of an engine requests `search`, `run` executes it, and the result is sent to the engine. */
async function agentLoop(run: () => Promise<void>): Promise<void> {
  await runInRequestContext(observation, async () => {
    const engineCall = {}
    observation.tools.requestedByEngine(engineCall, {
      type: 'tool_call_requested',
      toolType: 'function_call',
      name: 'search',
      serverLabel: undefined,
      callId: 'a',
      outputIndex: 0,
      failed: undefined,
    })
    observation.tools.engineCallEnded(engineCall, now, 'read')
    await run()
    now += 3000
    observation.tools.resultSent({ type: 'tool_result_sent', callId: 'a', failed: undefined }, now)
    observation.end('finished', 200, 200)
  })
}

const counts = (): object => ({
  requested: provider.sums('tool.calls.requested'),
  executed: provider.sums('tool.calls.executed'),
  errors: provider.sums('tool.errors'),
  seconds: provider.sums('tool.execution.duration'),
})

const MCP = { 'tool_type=mcp': 1 }

describe('a call of an MCP tool', () => {
  it('is counted without a request', async () => {
    await callMcpTool('timeout')
    expect(counts()).toEqual({ requested: {}, executed: MCP, errors: MCP, seconds: MCP })
  })

  it('that a model requested as a function is counted once, with its own duration', async () => {
    await agentLoop(callMcpTool)
    expect(counts()).toEqual({ requested: MCP, executed: MCP, errors: {}, seconds: MCP })
  })

  it.each(['mcp', 'function'] as const)(
    'inside observeToolCall of the type %s is counted by observeToolCall only',
    async (type) => {
      await agentLoop(() =>
        observeToolCall(instruments, type, async () => {
          await contextStorage.run(ROOT_CONTEXT, callMcpTool)
          now += 2000
        }),
      )
      const once = { [`tool_type=${type}`]: 1 }
      const seconds = { [`tool_type=${type}`]: 2 }
      expect(counts()).toEqual({ requested: once, executed: once, errors: {}, seconds })
    },
  )

  it.each([
    ['other', undefined, []],
    ['search', undefined, ['search']],
    ['by_code', 'by_code', []],
  ])(
    'inside observeToolCall has the name %s in metrics if code names it %s and servers have listed %j',
    async (label, name, listed) => {
      for (const one of listed) instruments.mcpTools.add(one)
      await observeToolCall(instruments, 'mcp', () => callMcpTool(), name === undefined ? {} : { name })
      expect(provider.counts('gen_ai.execute_tool.duration')).toEqual({ [`gen_ai.tool.name=${label}`]: 1 })
    },
  )

  it('after observeToolCall is counted', async () => {
    await observeToolCall(instruments, 'mcp', () => callMcpTool())
    await callMcpTool()
    expect(provider.sums('tool.calls.executed')).toEqual({ 'tool_type=mcp': 2 })
  })
})

describe('a call that the application counts as requested', () => {
  it.each(['function', 'mcp'] as const)('with the type %s is not counted again', async (type) => {
    await agentLoop(async () => recordToolCallRequested(instruments, type))
    expect(provider.sums('tool.calls.requested')).toEqual({ [`tool_type=${type}`]: 1 })
  })
})
