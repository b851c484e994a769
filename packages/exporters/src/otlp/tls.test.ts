import http from 'node:http'
import https from 'node:https'
import type { Server } from 'node:net'
import tls from 'node:tls'
import { ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { createCertificates, type Identity } from '../testing/certificates.ts'
import { listen, startCollector } from '../testing/collector.ts'
import type { OtlpConnectionOptions, OtlpProtocol } from './options.ts'
import type { SendOutcome } from './send-outcome.ts'
import { createTransport } from './transport.ts'

const certificates = createCertificates()
if (certificates === undefined) console.warn('tls.test.ts is skipped: no openssl')

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

/** A collector with TLS of another implementation; with `clientCa` it requires client certificates. */
async function secureCollector(
  protocol: OtlpProtocol,
  { cert, key }: Identity,
  clientCa?: Buffer,
): Promise<number> {
  if (protocol === 'grpc') {
    const pair = { cert_chain: cert, private_key: key }
    const credentials = ServerCredentials.createSsl(clientCa ?? null, [pair], clientCa !== undefined)
    const started = await startCollector({ credentials })
    cleanups.push(() => started.close())
    return started.port
  }
  const clientAuth =
    clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const server = https.createServer({ cert, key, ...clientAuth }, (_request, response) => response.end())
  return serve(server)
}

async function serve(server: Server): Promise<number> {
  cleanups.push(() => server.close())
  return listen(server)
}

async function send(
  protocol: OtlpProtocol,
  port: number,
  options: Partial<OtlpConnectionOptions> = {},
): Promise<SendOutcome> {
  const url = `https://127.0.0.1:${port}${protocol === 'grpc' ? '' : '/v1/traces'}`
  const transport = createTransport({ protocol, url, timeoutMillis: 5000, ...options }, 'traces')
  cleanups.push(() => transport.close())
  return transport.send(new Uint8Array())
}

describe.skipIf(certificates === undefined).each(['grpc', 'http/protobuf'] as const)(
  'TLS over %s',
  (protocol) => {
    const { ca, server, elsewhere, client } = certificates ?? ({} as never)
    const accepted: SendOutcome = { kind: 'accepted', rejected: 0 }

    it('connects to a collector with a trusted certificate', async () => {
      expect(await send(protocol, await secureCollector(protocol, server), { ca })).toEqual(accepted)
    })

    it('connects by host name', async () => {
      const port = await secureCollector(protocol, server)
      const url = `https://localhost:${port}/v1/traces`
      expect(await send(protocol, port, { ca, url })).toEqual(accepted)
    })

    it('rejects an unknown certificate authority, with the reason', async () => {
      const outcome = await send(protocol, await secureCollector(protocol, server))
      expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringMatching(/verify|certificate/) })
    })

    it('rejects a certificate of another host', async () => {
      const outcome = await send(protocol, await secureCollector(protocol, elsewhere), { ca })
      expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining('altnames') })
    })

    it('does not connect to a collector without TLS', async () => {
      const port = await serve(http.createServer((_request, response) => response.end()))
      expect(await send(protocol, port, { ca })).toMatchObject({ kind: 'retry' })
    })

    it('sends the client certificate if the collector requires one, and fails without', async () => {
      const port = await secureCollector(protocol, server, ca)
      expect(await send(protocol, port, { ca, ...client })).toEqual(accepted)
      expect(await send(protocol, port, { ca })).toMatchObject({ kind: 'retry' })
    })

    it('resumes the session of an earlier connection', async () => {
      const reused: boolean[] = []
      const { cert, key } = server
      const secure = tls.createServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
        reused.push(socket.isSessionReused())
        // TLS 1.3 sends sessions after the handshake; the HTTP response is irrelevant here.
        socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 503 No\r\n\r\n'))
      })
      const url = `https://127.0.0.1:${await serve(secure)}/v1/traces`
      const transport = createTransport({ protocol, url, ca, timeoutMillis: 5000 }, 'traces')
      cleanups.push(() => transport.close())
      for (let n = 0; n < 2; n++) await transport.send(new Uint8Array())
      expect(reused).toEqual([false, true])
    })

    it('rejects invalid certificates at construction', () => {
      const url = 'https://localhost:1/v1/traces'
      expect(() => createTransport({ protocol, url, cert: Buffer.from('no') }, 'traces')).toThrow()
    })
  },
)
