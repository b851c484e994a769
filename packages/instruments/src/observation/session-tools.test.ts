import { ROOT_CONTEXT } from '@opentelemetry/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_GROUPS, type Group } from '../instruments/catalog.ts'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { traceIn } from '../testing/server-tracer.ts'
import { excerptOfText } from '../testing/session-messages.ts'
import { requested, result } from '../testing/tool-facts.ts'
import { SocketObservation } from './socket-observation.ts'

let provider: RecordingProvider
let socket: SocketObservation

/** Opens a WebSocket. */
function open(groups: readonly Group[]): void {
  provider = new RecordingProvider()
  const instruments = new GatewayInstruments({ meterProvider: provider, prefix: '', now: () => 0, groups })
  const trace = traceIn(ROOT_CONTEXT)
  socket = new SocketObservation(instruments, { method: 'GET', isWebSocket: true, trace, hasTrace: true })
  socket.accepted({ status: 101, extensions: 'none' })
}

beforeEach(() => open(DEFAULT_GROUPS))

function send(message: object): void {
  socket.webSocket?.onText('sent', excerptOfText(JSON.stringify(message)))
}

function receive(message: object): void {
  socket.webSocket?.onText('received', excerptOfText(JSON.stringify(message)))
}

/** A turn in which the server of a Realtime session requests function calls. */
function turn(id: string, ...callIds: string[]): void {
  receive({ type: 'response.create' })
  send({ type: 'response.created', event_id: 'e', response: { id } })
  for (const [index, call_id] of callIds.entries()) {
    const common = { event_id: 'e', response_id: id, output_index: index }
    send({ type: 'response.function_call_arguments.done', ...common, call_id, name: 'f', arguments: '{}' })
    const item = { id: `item_${call_id}`, type: 'function_call', call_id, name: 'f', status: 'completed' }
    send({ type: 'response.output_item.done', ...common, item })
  }
  send({ type: 'response.done', event_id: 'e', response: { id, status: 'completed' } })
}

const requestedCalls = (): object => provider.sums('tool.calls.requested')
const executedCalls = (): object => provider.sums('tool.calls.executed')

describe('in an LLM session over WebSocket', () => {
  it('each call is counted once, at the end of its turn', () => {
    turn('r1', 'a', 'b')
    expect(requestedCalls()).toEqual({ 'tool_type=function': 2 })
    turn('r2', 'c', 'a')
    expect(requestedCalls()).toEqual({ 'tool_type=function': 3 })
  })

  it('calls are counted if only their group is enabled', () => {
    open(['tool'])
    turn('r1', 'a', 'b')
    expect(requestedCalls()).toEqual({ 'tool_type=function': 2 })
    expect(Object.keys(provider.counts('websocket.turns'))).toEqual([])
  })

  it('the result that the client sends, and the gateway sends on to an engine, is no execution', () => {
    const engineCall = {}
    turn('r0')
    socket.tools.requestedByEngine(engineCall, requested('a', { name: 'f' }))
    socket.tools.engineCallEnded(engineCall, 0, 'read')
    turn('r1', 'a')
    receive({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: 'a' } })
    socket.tools.resultSent(result('a'), 1000)
    turn('r2')
    socket.closed('client_closed')
    expect(requestedCalls()).toEqual({ 'tool_type=function': 1 })
    expect(executedCalls()).toEqual({})
  })

  it('the result that the gateway sends to the engine within the turn is an execution', () => {
    const engineCall = {}
    receive({ type: 'response.create' })
    send({ type: 'response.created', event_id: 'e', response: { id: 'r1' } })
    socket.tools.requestedByEngine(engineCall, requested('a'))
    socket.tools.engineCallEnded(engineCall, 0, 'read')
    socket.tools.resultSent(result('a'), 1000)
    send({ type: 'response.done', event_id: 'e', response: { id: 'r1', status: 'completed' } })
    expect(executedCalls()).toEqual({ 'tool_type=function': 1 })
    expect(provider.sums('tool.execution.duration')).toEqual({ 'tool_type=function': 1 })
  })
})

describe('over another WebSocket', () => {
  it('a tool that calls an engine itself is executed', () => {
    const engineCall = {}
    socket.tools.engineCallStarted(0)
    socket.tools.requestedByEngine(engineCall, requested('a'))
    socket.tools.engineCallEnded(engineCall, 0, 'read')
    socket.tools.engineCallStarted(1000)
    socket.tools.engineCallEnded({}, 1000, 'read')
    expect(requestedCalls()).toEqual({})
    socket.tools.engineCallStarted(2000)
    socket.tools.resultSent(result('a'), 2000)
    socket.tools.engineCallEnded({}, 3000, 'read')
    expect(executedCalls()).toEqual({ 'tool_type=function': 1 })
  })

  it('calls that the client executes are counted', () => {
    for (let i = 0; i < 250; i++) {
      socket.tools.engineCallStarted(0)
      socket.tools.requestedByEngine(socket, requested(`${i}`))
      socket.tools.engineCallEnded(socket, 0, 'read')
      socket.tools.engineCallStarted(1000)
      socket.tools.engineCallEnded({}, 1000, 'read')
    }
    expect(requestedCalls()).toEqual({ 'tool_type=function': 200 })
    socket.closed('client_closed')
    expect(requestedCalls()).toEqual({ 'tool_type=function': 250 })
    expect(executedCalls()).toEqual({})
  })

  it('calls are counted when an engine answers without a call, not only when the connection closes', () => {
    for (const id of ['a', 'b']) {
      socket.tools.engineCallStarted(0)
      socket.tools.requestedByEngine({ id }, requested(id))
      socket.tools.engineCallEnded({ id }, 0, 'read')
      socket.tools.engineCallStarted(1000)
      socket.tools.resultSent(result(id), 1000)
      socket.tools.engineCallEnded({}, 1000, 'read')
    }
    expect(requestedCalls()).toEqual({ 'tool_type=function': 2 })
    expect(executedCalls()).toEqual({ 'tool_type=function': 2 })
    socket.closed('client_closed')
    expect(requestedCalls()).toEqual({ 'tool_type=function': 2 })
  })
})
