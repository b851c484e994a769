import { ROOT_CONTEXT } from '@opentelemetry/api'
import { beforeAll, describe, expect, it } from 'vitest'
import { ATTEMPT_OUTCOMES } from '../cardinality/attempt-outcome.ts'
import { boundOf } from '../cardinality/attribute.ts'
import { PROVIDER } from '../cardinality/provider.ts'
import { CallObservation } from '../observation/call-observation.ts'
import { attachObservation, setRoute, setStreamOutcome } from '../observation/observation-registry.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { SocketObservation } from '../observation/socket-observation.ts'
import type { WebSocketObservation } from '../observation/websocket-observation.ts'
import { observeMcpStartup } from '../request-context/mcp-startup.ts'
import { observeToolCall, recordToolCallRequested } from '../request-context/tool-call.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { excerptOfText } from '../testing/session-messages.ts'
import { NO_TRACE } from '../tracing/external-span.ts'
import { CATALOG, type Group } from './catalog.ts'
import { GatewayInstruments } from './gateway-instruments.ts'
import type { HttpSemconvInstruments } from './http-semconv.ts'
import { type Hook, internalErrors } from './internal-errors.ts'
import type { LlmCallFacts } from './llm-call-facts.ts'
import { type GcType, ProcessInstruments } from './process.ts'
import type { ProcessReading } from './process-reading.ts'

/** Number of values that are recorded for each attribute. */
const TRIED = 10_000

const GROUPS = Object.keys(CATALOG) as Group[]
const numbers = Array.from({ length: TRIED }, (_, i) => i)

/** Records a request with arbitrary values of the client and of the application. */
function request(instruments: GatewayInstruments, i: number): void {
  const facts = { method: `M${i}`, scheme: `s${i}` as 'http', protocolVersion: `1.${i}` }
  const known = { method: 'GET', scheme: 'https', protocolVersion: '2' } as const
  for (const arrived of [facts, known]) {
    const observation = new RequestObservation(instruments, arrived)
    const target = {}
    attachObservation(target, observation)
    setRoute(target, `/made/:${i}`)
    observation.end('finished', i, i)
  }
}

function stream(instruments: GatewayInstruments, i: number): void {
  const observation = new RequestObservation(instruments, {
    method: 'POST',
    scheme: 'http',
    protocolVersion: '1.1',
  })
  const target = {}
  attachObservation(target, observation)
  setRoute(target, `/streams/:${i}`)
  observation.headersSent({ status: 200, isEventStream: true, isIdentity: true })
  observation.engineCallSent(0)
  observation.engineChunkReceived(0)
  observation.stream?.sent(20, 'data: 1\n\ndata: 2\n\n')
  observation.stream?.sent(10, 'data: 3\n\n')
  setStreamOutcome(target, `outcome ${i}` as 'timeout')
  observation.end('finished', 200, 200)
}

/** Observes an accepted and a rejected WebSocket. The client requests a response, and sends a message and the close code `i`. */
function webSocket(instruments: GatewayInstruments, i: number): void {
  const begin = (): SocketObservation => {
    const observation = new SocketObservation(instruments, {
      method: 'GET',
      isWebSocket: true,
      trace: NO_TRACE,
      hasTrace: false,
    })
    observation.setRoute(`/sockets/:${i}`)
    return observation
  }
  begin().answered(i)
  const accepted = begin()
  accepted.accepted({ status: 101, extensions: 'none' })
  const observed = accepted.webSocket as WebSocketObservation
  const { received, sent } = observed
  observed.onText('received', excerptOfText('{"type":"response.create"}'))
  observed.onText('sent', excerptOfText('{"type":"response.created","response":{}}'))
  observed.onText('sent', excerptOfText('{"type":"response.output_text.delta"}'))
  received.read(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 65, 0x88, 0x82, 0, 0, 0, 0, i >> 8, i & 255))
  sent.read(Uint8Array.of(0x82, 1, 65))
  accepted.closed((['client_closed', 'server_closed', 'timed_out'] as const)[i % 3] ?? 'finished')
}

function call(instruments: GatewayInstruments, i: number): void {
  const begin = (): CallObservation =>
    new CallObservation(instruments, instruments.httpSemconv as HttpSemconvInstruments, {
      method: `M${i}`,
      server: () => ({ address: `host-${i}.example`, port: i }),
      context: ROOT_CONTEXT,
    })
  const [answered, failed] = [begin(), begin()]
  answered.connected(`1.${i}`)
  failed.connected('2')
  answered.statusReceived(i)
  answered.completed()
  failed.failed(`ErrorOfTheApplication${i}`)
}

function tool(instruments: GatewayInstruments, i: number): void {
  recordToolCallRequested(instruments, `tool ${i}`)
  observeToolCall(instruments, `tool ${i}`, () => ({ isError: true }))
}

/** Records calls to engines with arbitrary values of the client, the engine and the application, and a tool. */
function engineCall(instruments: GatewayInstruments, i: number): void {
  const usage = { inputTokens: i, outputTokens: i }
  const details = { cachedInputTokens: i, cacheWriteInputTokens: i, reasoningTokens: i }
  const facts: LlmCallFacts = {
    operation: (['chat', 'text_completion', 'embeddings'] as const)[i % 3] ?? 'chat',
    api: undefined,
    provider: PROVIDER.values[i % PROVIDER.values.length] ?? '',
    requestModel: `model ${i}`,
    responseModel: `model ${i}`,
    serverAddress: `engine-${i}.example`,
    serverPort: i,
    responseId: undefined,
    isRead: true,
    status: 200,
    errorType: `ErrorOfTheEngine${i}`,
    usage: { type: 'token_usage', ...usage, ...details },
    isStream: true,
    isComplete: true,
    seconds: 1,
    secondsToFirstChunk: 1,
    finishReasons: [],
    toolCalls: 0,
  }
  instruments.genai?.outputChunks(facts)?.record(1)
  instruments.genai?.callEnded(facts, ROOT_CONTEXT)
  instruments.genai?.callEnded({ ...facts, usage: undefined, errorType: undefined }, ROOT_CONTEXT)
  instruments.genai?.callEnded({ ...facts, errorType: undefined }, ROOT_CONTEXT)
  instruments.genai?.toolExecuted(`tool ${i}`, 1, `ErrorOfTheEngine${i}`, ROOT_CONTEXT)
  instruments.upstream?.attemptEnded(ATTEMPT_OUTCOMES[i % 6] ?? 'ok', ROOT_CONTEXT)
}

/** Records requests and sessions of MCP with arbitrary values of both sides. */
function mcp(instruments: GatewayInstruments, i: number): void {
  const any = { protocolVersion: `v${i}`, transport: `t${i}`, networkProtocol: `p${i}` }
  const known = { protocolVersion: '2025-11-25', transport: 'tcp', networkProtocol: 'http' }
  const server = { address: `host-${i}.example`, port: i }
  const names = { toolName: `tool ${i}`, promptName: `prompt ${i}` }
  for (const side of ['client', 'server'] as const) {
    for (const session of [any, known]) {
      const facts = { ...session, server, errorType: `ErrorOfTheApplication${i}` }
      const operation = { ...facts, ...names, method: `method/${i}`, statusCode: String(i) }
      instruments.mcp.operationEnded(side, operation, 1, ROOT_CONTEXT)
      instruments.mcp.sessionEnded(side, facts, 1, ROOT_CONTEXT)
    }
  }
}

/** Returns a reading with 10,000 names of everything. */
function reading(): ProcessReading {
  const many = Object.fromEntries(numbers.map((i) => [`kind ${i}`, 1]))
  const heapSpaces = numbers.map((i) => ({ name: `space ${i}`, used: 1, size: 1, available: 1, physical: 1 }))
  const fixed = { utilization: 1, memory: 1, virtualMemory: 1, threads: 1, fileDescriptors: 1, uptime: 1 }
  const delay = { min: 1, max: 1, mean: 1, stddev: 1, p50: 1, p90: 1, p99: 1 }
  const all = { loopTime: many, cpuTime: many, contextSwitches: many, pagingFaults: many, diskIo: many }
  return { ...fixed, ...all, delay, heapSpaces, resources: many } as unknown as ProcessReading
}

/**
 * The share of all routes that a group records. The limit applies to all groups together; requests, streams and WebSockets
 * have a third each, and a stream is also a request.
 */
function shareOfRoutes(group: Group): number {
  return group.startsWith('http') ? 2 / 3 : 1 / 3
}

describe('every attribute of every instrument', () => {
  const provider = new RecordingProvider()
  const seen = new Map<string, Map<string, Set<unknown>>>()

  beforeAll(() => {
    const overflows = numbers.map((i) => ({ label: `attribute of a view ${i}`, count: 1 }))
    const instruments = new GatewayInstruments({
      meterProvider: provider,
      prefix: '',
      llamaStackPrefix: '',
      groups: GROUPS,
      overflows: () => overflows,
    })
    const ofProcess = new ProcessInstruments(provider.getMeter(), reading)
    for (const i of numbers) {
      request(instruments, i)
      stream(instruments, i)
      webSocket(instruments, i)
      call(instruments, i)
      tool(instruments, i)
      engineCall(instruments, i)
      mcp(instruments, i)
      internalErrors.report(`hook ${i}` as Hook, new Error('x'))
      observeMcpStartup(instruments, `server ${i}`, () => [])
      ofProcess.garbageCollected(`kind ${i}` as GcType, 1)
    }
    ofProcess.garbageCollected('major', 1)
    internalErrors.report('response_end', new Error('x'))
    provider.collect()
    for (const { name, attributes } of provider.calls) {
      const ofName = seen.get(name) ?? new Map<string, Set<unknown>>()
      seen.set(name, ofName)
      for (const [key, value] of Object.entries(attributes))
        ofName.set(key, (ofName.get(key) ?? new Set()).add(value))
    }
  })

  const instruments = GROUPS.flatMap((group) =>
    CATALOG[group].map((definition) => ({ group, ...definition })),
  )
  const attributes = instruments.flatMap(({ group, name, attributes: all }) =>
    all.map((attribute) => ({ group, name, key: attribute.name, attribute })),
  )

  it.each(instruments)('of $group is recorded with $name', ({ name, attributes: all }) => {
    expect(seen.has(name)).toBe(true)
    expect([...(seen.get(name)?.keys() ?? [])].sort()).toEqual(all.map(({ name: key }) => key).sort())
  })

  it.each(attributes)('of $group is bounded: $key of $name', ({ group, name, key, attribute }) => {
    const values = seen.get(name)?.get(key) ?? new Set()
    expect(values.size).toBeGreaterThan(0)
    expect(values.size).toBeLessThanOrEqual(boundOf(attribute) + 1)
    const { limit = 0, overflow } = attribute
    const further = [...values].filter(
      (value) => value !== overflow && !attribute.values.includes(value as string),
    )
    const share = key.endsWith('route') ? shareOfRoutes(group) : 1
    expect(further.length).toBe(limit * share)
    for (const value of values) expect(String(value).length).toBeLessThanOrEqual(256)
  })
})
