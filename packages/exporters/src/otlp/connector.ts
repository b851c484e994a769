import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { limitConnectTime } from './connect-limit.ts'
import type { OtlpConnectionOptions } from './options.ts'

/** Only loaded when something is to be sent: values of `node:net` and `node:tls` are never imported. */
const load = createRequire(import.meta.url)

/** After how long an idle connection is asked whether it is alive, in milliseconds: some are dropped without a word. */
const KEEP_ALIVE_DELAY = 1000

/**
 * Makes connections to a collector, with TLS if its URL says so; none holds up the end of the process.
 * @param application what is spoken on them, as TLS names it (RFC 7301)
 * @throws Error if a certificate or key cannot be used
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

/** Where a connection goes; an address is no name to be told to a server (RFC 6066 section 3). */
interface Target {
  readonly host: string
  readonly port: number
  readonly servername?: string
}

/** A session that a server has given is taken up by the next connection, which spares both the handshake. */
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
