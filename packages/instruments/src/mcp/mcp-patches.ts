import { context as contexts } from '@opentelemetry/api'
import type { Completion } from '../observation/completion.ts'
import { trackCompletion } from '../observation/track-completion.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import {
  createFilePatch,
  type FilePatch,
  type ModulePatch,
  prototypeWith,
  withImpact,
} from '../patching/module-patch.ts'
import { startAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { isInMcpStartup } from '../request-context/current-request.ts'
import { objectOf } from '../wire/json-rpc.ts'
import { mcpObserver } from './mcp-observer.ts'
import { McpStartup, StartupOfTransport } from './mcp-startup.ts'
import { openSession } from './open-session.ts'
import { SessionOfTransport } from './session-of-transport.ts'
import { readTransport } from './transport-facts.ts'

/** The exports of the SDKs that are patched. */
interface SdkExports {
  readonly Protocol?: unknown
  readonly Client?: unknown
}

/** Patches the class that connects clients and servers to their transports. */
function patchProtocol(exports: unknown): () => void {
  const prototype = prototypeWith((exports as SdkExports | undefined)?.Protocol, 'connect')
  if (prototype === undefined) return () => {}
  return wrapMethod(
    prototype,
    'connect',
    (original, wrap) =>
      function connect(this: object, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const finish = openSession(this, args[0])
        try {
          return original(this, args)
        } finally {
          finish?.()
        }
      },
  )
}

/** Starts the observation of the start of a server, if the client opens a new session and code does not count the start. */
const startStartup = guard<[unknown], McpStartup | undefined>(
  'mcp_connect',
  (transport) => {
    const observer = mcpObserver()
    if (observer === undefined || typeof transport !== 'object' || transport === null) return undefined
    const isResumed = (transport as { readonly sessionId?: unknown }).sessionId !== undefined
    if (isResumed || isInMcpStartup() || !Object.isExtensible(transport)) return undefined
    const facts = readTransport(transport, observer.serverLabels)
    const startup = new McpStartup(observer, facts, observer.instruments.activeContext())
    StartupOfTransport.set(transport, startup)
    return startup
  },
  undefined,
)

const endConnecting = guardVoid(
  'mcp_connect',
  (startup: McpStartup, client: object, [transport, options]: unknown[], completion: Completion) => {
    if (completion.threw) {
      startup.failed(completion.error)
      SessionOfTransport.of(transport as object)?.connectingFailed(completion.error)
      return
    }
    startup.connected()
    if (declaresNoTools(client as ConnectedClient, options)) startup.noToolsDeclared()
  },
)

/** The part of the clients of both SDKs that is used after connecting. */
interface ConnectedClient {
  getServerCapabilities?(): unknown
}

/**
 * Whether a server has declared its capabilities while the client connected, and no tools among them. The SDK also negotiates
 * without a session, so its messages do not show them. `prior` has those of an earlier connection: the server is not asked.
 */
function declaresNoTools(client: ConnectedClient, options: unknown): boolean {
  if (objectOf(objectOf(options)?.['prior'])?.['discover'] !== undefined) return false
  const capabilities = objectOf(client.getServerCapabilities?.())
  return capabilities !== undefined && capabilities['tools'] === undefined
}

/** Patches the class of clients, whose `connect` starts the command of a server and negotiates the version. */
function patchClient(exports: unknown): () => void {
  const prototype = prototypeWith((exports as SdkExports | undefined)?.Client, 'connect', 'callTool')
  if (prototype === undefined) return () => {}
  return wrapMethod(
    prototype,
    'connect',
    (original, wrap) =>
      function connect(this: object, ...args: unknown[]): unknown {
        const startup = wrap.isUndone ? undefined : startStartup(args[0])
        if (startup === undefined) return original(this, args)
        return trackCompletion(
          () => contexts.with(startup.context, () => original(this, args)),
          (completion) => endConnecting(startup, this, args, completion),
        )
      },
  )
}

const patchBoth = (exports: unknown): (() => void) =>
  startAll([() => patchProtocol(exports), () => patchClient(exports)])

const SDK_1 = '@modelcontextprotocol/sdk'

/** Each file of 1.x may be imported first; the file is loaded before any of them is linked. */
const FILE_PATCHES: readonly FilePatch[] = [
  {
    package: SDK_1,
    signal: /^dist\/esm\/.+\.js$/,
    file: 'dist/esm/shared/protocol.js',
    patch: patchProtocol,
  },
  {
    package: SDK_1,
    signal: /^dist\/esm\/client\/.+\.js$/,
    file: 'dist/esm/client/index.js',
    patch: patchClient,
  },
  createFilePatch(SDK_1, 'dist/cjs/shared/protocol.js', patchProtocol),
  createFilePatch(SDK_1, 'dist/cjs/client/index.js', patchClient),
  ...['@modelcontextprotocol/client', '@modelcontextprotocol/server'].flatMap((name) => [
    { package: name, signal: /^dist\/(?:index|stdio)\.mjs$/, file: 'dist/index.mjs', patch: patchBoth },
    createFilePatch(name, 'dist/index.cjs', patchBoth),
  ]),
]

/** Patches for the MCP SDKs 1.x and 2.x. Applied as `FRAMEWORK_PATCHES` are; they observe what `observeMcp` is called for. */
export const MCP_PATCHES: readonly ModulePatch[] = withImpact(FILE_PATCHES, {
  effect: 'its requests, sessions and starts of MCP servers are not measured or traced',
  remedy:
    'The version may not be supported: use a release of @modelcontextprotocol/sdk 1.x or of the packages 2.x',
})
