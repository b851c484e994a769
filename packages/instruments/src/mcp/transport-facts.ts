import { objectOf } from '../wire/json-rpc.ts'
import { labelByPattern, type ServerLabelPatterns } from './label-pattern.ts'
import { labelOfCommand, labelOfUrl, UNKNOWN_SERVER } from './server-label.ts'

/** What a transport connects, read from its properties. */
export interface TransportFacts {
  /** `unknown`: a transport of the application. */
  readonly kind: 'stdio' | 'http' | 'websocket' | 'in_memory' | 'unknown'
  /** `network.transport`: `pipe` or `tcp`. */
  readonly transport: string | undefined
  /** `network.protocol.name`: `http` or `websocket`. */
  readonly networkProtocol: string | undefined
  /** The server of a client, over a network. */
  readonly server: { readonly address: string; readonly port: number } | undefined
  /** The label of the server of a client, not bounded. */
  readonly serverLabel: string
  /** Identifies the server of a client: a hash of its whole command line or URL, which may be long and contain secrets. */
  readonly serverKey: string
}

/** The members of transports of the SDKs that are used. All are optional: an application may have a transport of its own. */
interface KnownTransport {
  readonly _serverParams?: unknown
  readonly _url?: unknown
  readonly _stdin?: unknown
  /** The transport of stdio below a channel of `serveStdio`. */
  readonly _wire?: unknown
  readonly _otherTransport?: unknown
  readonly handleRequest?: unknown
  readonly handlePostMessage?: unknown
  readonly handleMessage?: unknown
}

const PIPE = { kind: 'stdio', transport: 'pipe', networkProtocol: undefined, server: undefined } as const
const UNKNOWN = { serverLabel: UNKNOWN_SERVER, serverKey: UNKNOWN_SERVER } as const
const HTTP = { kind: 'http', transport: 'tcp', networkProtocol: 'http', server: undefined } as const
const LOCAL = { transport: undefined, networkProtocol: undefined, server: undefined } as const

/**
 * Reads what a transport connects. The label of a server does not depend on the success of the connection: it is derived from
 * its URL or its command, and contains no credentials.
 */
export function readTransport(given: object, patterns: ServerLabelPatterns): TransportFacts {
  const transport = given as KnownTransport
  const parameters = objectOf(transport._serverParams)
  if (typeof parameters?.['command'] === 'string') return readCommand(parameters, patterns)
  const url = transport._url
  if (url instanceof URL) return readUrl(url, patterns)
  if ('_otherTransport' in transport || given.constructor?.name === 'InMemoryTransport')
    return { ...LOCAL, kind: 'in_memory', serverLabel: 'in_memory', serverKey: 'in_memory' }
  if (transport._stdin !== undefined || objectOf(transport._wire)?.['_stdin'] !== undefined)
    return { ...PIPE, ...UNKNOWN }
  const { handleRequest, handlePostMessage, handleMessage } = transport
  const isHttpServer = [handleRequest, handlePostMessage, handleMessage].some(
    (member) => typeof member === 'function',
  )
  if (isHttpServer) return { ...HTTP, ...UNKNOWN }
  return { ...LOCAL, kind: 'unknown', ...UNKNOWN }
}

function readCommand(
  parameters: Readonly<Record<string, unknown>>,
  patterns: ServerLabelPatterns,
): TransportFacts {
  const command = String(parameters['command'])
  const given = parameters['args']
  const args = Array.isArray(given) ? given.map(String) : []
  const byPattern = labelByPattern(patterns, [command, ...args].join(' '))
  return {
    ...PIPE,
    serverLabel: byPattern ?? labelOfCommand(command, args),
    serverKey: hashOf(JSON.stringify([command, ...args])),
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 }

function readUrl(url: URL, patterns: ServerLabelPatterns): TransportFacts {
  const { protocol, hostname, port, host, pathname } = url
  const kind = protocol === 'ws:' || protocol === 'wss:' ? 'websocket' : 'http'
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    kind,
    transport: 'tcp',
    networkProtocol: kind,
    server: { address, port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) },
    serverLabel: labelByPattern(patterns, `${protocol}//${host}${pathname}`) ?? labelOfUrl(url),
    serverKey: hashOf(url.href),
  }
}

/** Returns the 32-bit FNV-1a hash of the UTF-16 code units of a text. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return String(hash)
}
