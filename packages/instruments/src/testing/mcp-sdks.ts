import { MCP_PATCHES } from '../mcp/mcp-patches.ts'
import { startAll } from '../patching/undo.ts'

/** The members of clients of both generations that tests use. */
export interface SdkClient {
  connect(transport: object, options?: object): Promise<void>
  listTools(params?: object, options?: object): Promise<{ tools: { name: string }[] }>
  callTool(params: object, ...rest: unknown[]): Promise<Record<string, unknown>>
  listPrompts(): Promise<unknown>
  getPrompt(params: object): Promise<unknown>
  ping(): Promise<unknown>
  close(): Promise<void>
}

/** The members of servers of both generations that tests use. */
export interface SdkServer {
  registerTool(name: string, config: object, run: (...args: never[]) => unknown): unknown
  registerPrompt(name: string, config: object, run: () => unknown): unknown
  connect(transport: object): Promise<void>
  close(): Promise<void>
}

/** The classes of one generation of the SDK. */
export interface Sdk {
  readonly name: string
  readonly Client: new (info: object) => SdkClient
  readonly McpServer: new (info: object) => SdkServer
  readonly InMemoryTransport: { createLinkedPair(): [object, object] }
  readonly StdioClientTransport: new (parameters: object) => object
  readonly StreamableHTTPClientTransport: new (url: URL) => object
  /** Calls a tool with request options, such as a time limit. */
  call(client: SdkClient, name: string, options?: object): Promise<Record<string, unknown>>
  /** Applies the patches to the modules of this generation; returns what undoes them. */
  patch(): () => void
}

function applyPatches(modules: Readonly<Record<string, unknown>>): () => void {
  const starts = MCP_PATCHES.filter((patch) => `${patch.package}/${patch.file}` in modules)
  return startAll(starts.map((patch) => () => patch.patch(modules[`${patch.package}/${patch.file}`])))
}

async function loadFirst(): Promise<Sdk> {
  const protocol = await import('@modelcontextprotocol/sdk/shared/protocol.js')
  const client = await import('@modelcontextprotocol/sdk/client/index.js')
  const modules = {
    '@modelcontextprotocol/sdk/dist/esm/shared/protocol.js': protocol,
    '@modelcontextprotocol/sdk/dist/esm/client/index.js': client,
  }
  return {
    ...client,
    ...(await import('@modelcontextprotocol/sdk/client/stdio.js')),
    ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
    ...(await import('@modelcontextprotocol/sdk/server/mcp.js')),
    ...(await import('@modelcontextprotocol/sdk/inMemory.js')),
    name: '1.x',
    call: (given: SdkClient, name: string, options?: object) =>
      given.callTool({ name, arguments: {} }, undefined, options),
    patch: () => applyPatches(modules),
  } as unknown as Sdk
}

async function loadSecond(): Promise<Sdk> {
  const client = await import('@modelcontextprotocol/client')
  const server = await import('@modelcontextprotocol/server')
  const modules = {
    '@modelcontextprotocol/client/dist/index.mjs': client,
    '@modelcontextprotocol/server/dist/index.mjs': server,
  }
  return {
    ...server,
    ...client,
    ...(await import('@modelcontextprotocol/client/stdio')),
    name: '2.x',
    call: (given: SdkClient, name: string, options?: object) =>
      given.callTool({ name, arguments: {} }, options),
    patch: () => applyPatches(modules),
  } as unknown as Sdk
}

/** Both generations of the SDK. */
export const SDKS: readonly Sdk[] = [await loadFirst(), await loadSecond()]
