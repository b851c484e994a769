import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { limitConnectTime } from './connect-limit.ts'
import type { OtlpConnectionOptions } from './options.ts'

/** `node:net` and `node:tls` are loaded by the first exporter, so they are never imported statically. */
const load = createRequire(import.meta.url)

/** Idle time before TCP keep-alive probes, in milliseconds: firewalls drop idle connections silently. */
const KEEP_ALIVE_DELAY = 1000

/**
 * Returns a function that opens connections to a collector, with TLS for `https:` URLs. A connection never
 * delays the end of the process.
 * @param application ALPN protocol (RFC 7301)
 * @throws Error if a certificate or key is invalid
 */
export function createConnector(
  url: URL,
  options: OtlpConnectionOptions,
  application: 'h2' | 'http/1.1',
): () => Socket {
  const { connect, isIP } = load('node:net') as typeof import('node:net')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isAddress = isIP(host) !== 0
  const isSecure = url.protocol === 'https:'
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  const secure = isSecure ? secureConnector(options, application) : undefined
  return () => {
    const socket =
      secure?.({ host, port, ...(isAddress ? {} : { servername: host }) }) ?? connect({ host, port })
    limitConnectTime(socket, isAddress)
    return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY)
  }
}

/** Address of a connection. An IP address is not sent as server name (RFC 6066, section 3). */
interface Target {
  readonly host: string
  readonly port: number
  readonly servername?: string
}

/** Resumes the TLS session of the previous connection, which saves both sides a full handshake. */
function secureConnector(
  { ca, cert, key }: OtlpConnectionOptions,
  application: string,
): (to: Target) => Socket {
  const { connect, createSecureContext } = load('node:tls') as typeof import('node:tls')
  const secureContext = createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
  let session: Buffer | undefined
  return (to) =>
    connect({ ...to, secureContext, ALPNProtocols: [application], ...(session && { session }) })
      .on('session', (given) => (session = given))
      .on('error', () => (session = undefined))
}
