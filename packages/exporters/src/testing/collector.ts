import type http2 from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import {
  type Server as GrpcServer,
  Server as GrpcServerClass,
  Metadata,
  ServerCredentials,
} from '@grpc/grpc-js'
import { decodeRequest } from '../../../../examples/src/otlp-receiver/decode-request.ts'
import type { Signal } from '../otlp/delivery-stats.ts'

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}

/** Result of a call: a response message or a status. */
export type CallResult =
  | { readonly response: Buffer }
  | { readonly code: number; readonly details?: string; readonly retryInfo?: Buffer }

/** An OTLP/gRPC collector on `@grpc/grpc-js`: an implementation other than ours. */
export interface Collector {
  readonly port: number
  /** Decoded requests, in order. */
  readonly requests: { readonly signal: Signal; readonly request: unknown; readonly headers: Metadata }[]
  close(): void
}

/** Starts a collector that responds to every call with the result of `answer`. */
export async function startCollector({
  answer = () => ({ response: Buffer.alloc(0) }),
  port = 0,
  credentials = ServerCredentials.createInsecure(),
}: {
  answer?: (call: number) => CallResult
  port?: number
  credentials?: ServerCredentials
} = {}): Promise<Collector> {
  const requests: Collector['requests'] = []
  const server: GrpcServer = new GrpcServerClass()
  for (const signal of ['traces', 'metrics'] as const) {
    const method = {
      path: SERVICES[signal],
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes: Buffer) => decodeRequest(signal, bytes),
      requestSerialize: () => Buffer.alloc(0),
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    } as const
    const handle = (
      call: { request: unknown; metadata: Metadata },
      done: (error: object | null, response?: Buffer) => void,
    ): void => {
      requests.push({ signal, request: call.request, headers: call.metadata })
      const given = answer(requests.length)
      if ('response' in given) done(null, given.response)
      else done(errorOf(given))
    }
    server.addService({ export: method }, { export: handle as never })
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, actual) =>
      error === null ? resolve(actual) : reject(error),
    )
  })
  return { port: bound, requests, close: () => server.forceShutdown() }
}

function errorOf({
  code,
  details = '',
  retryInfo,
}: {
  code: number
  details?: string
  retryInfo?: Buffer
}): object {
  const metadata = new Metadata()
  if (retryInfo !== undefined) metadata.set('grpc-status-details-bin', retryInfo)
  return { code, details, metadata }
}

/** Starts a server on a free port of the loopback interface and returns the port. */
export async function listen(server: Server | http2.Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return (server.address() as AddressInfo).port
}
