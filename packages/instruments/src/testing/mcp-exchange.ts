import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { observeMcp } from '../mcp/mcp-observer.ts'
import { type McpTracer, NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'
import type { Sdk, SdkClient, SdkServer } from './mcp-sdks.ts'
import { RecordingProvider } from './recording-provider.ts'

/** MCP that is observed, with what was recorded. */
export interface ObservedMcp {
  readonly provider: RecordingProvider
  readonly instruments: GatewayInstruments
  /** Moves the clock on. */
  pass(milliseconds: number): void
  stop(): void
}

/** Observes the clients and servers of an SDK. The clock stands still. */
export function observeSdk(sdk: Sdk, tracer: McpTracer = NOOP_MCP_TRACER): ObservedMcp {
  let now = 0
  const provider = new RecordingProvider()
  const instruments = new GatewayInstruments({ meterProvider: provider, prefix: '', now: () => now })
  const stopObserving = observeMcp({ instruments, tracer, serverLabels: {} })
  const undoPatches = sdk.patch()
  return {
    provider,
    instruments,
    pass: (milliseconds) => {
      now += milliseconds
    },
    stop() {
      stopObserving()
      undoPatches()
    },
  }
}

const text = (value: string) => ({ content: [{ type: 'text', text: value }] })

/**
 * Returns a server with tools that succeed, report an error, throw, and never answer, and a prompt.
 * @param onCall called when `works` or `waits` is called
 */
export function createServer(sdk: Sdk, onCall: () => void = () => {}): SdkServer {
  const server = new sdk.McpServer({ name: 'server', version: '1.0.0' })
  server.registerTool('works', {}, async () => {
    onCall()
    return text('done')
  })
  server.registerTool('reports', {}, async () => ({ ...text('no'), isError: true }))
  server.registerTool('throws', {}, () => Promise.reject(new Error('on purpose')))
  server.registerTool('waits', {}, () => {
    onCall()
    return new Promise(() => {})
  })
  server.registerPrompt('greets', {}, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }],
  }))
  return server
}

/** A client and a server that are connected in memory. */
export interface Pair {
  readonly client: SdkClient
  readonly server: SdkServer
  readonly clientTransport: object
}

/** Connects a client and a server in memory. */
export async function connectInMemory(sdk: Sdk, server = createServer(sdk)): Promise<Pair> {
  const [clientTransport, serverTransport] = sdk.InMemoryTransport.createLinkedPair()
  const client = new sdk.Client({ name: 'client', version: '1.0.0' })
  await server.connect(serverTransport)
  await client.connect(clientTransport)
  return { client, server, clientTransport }
}
