import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { afterEach } from 'vitest'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Listens on a free port of the loopback address, until the end of the test. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Starts an OTLP/HTTP collector that keeps the received bodies and content types. */
export async function startHttpCollector(): Promise<{
  url: string
  bodies: string[]
  types: (string | undefined)[]
}> {
  const bodies: string[] = []
  const types: (string | undefined)[] = []
  const port = await listen(
    createServer(async (request, response) => {
      types.push(request.headers['content-type'])
      bodies.push(await text(request))
      response.end()
    }),
  )
  return { url: `http://127.0.0.1:${port}/v1/metrics`, bodies, types }
}

/** Starts an OTLP/gRPC collector that keeps the received requests. */
export async function startGrpcCollector(): Promise<{ url: string; requests: Buffer[] }> {
  const requests: Buffer[] = []
  const service = {
    Export: {
      path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: (body: Buffer) => body,
      requestDeserialize: (body: Buffer) => body,
      responseSerialize: (body: Buffer) => body,
      responseDeserialize: (body: Buffer) => body,
    },
  }
  const server = new GrpcServer()
  server.addService(service, {
    Export: (call: { request: Buffer }, done: (error: null, response: Buffer) => void) => {
      requests.push(call.request)
      done(null, Buffer.alloc(0))
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  closers.push(() => server.forceShutdown())
  return { url: `http://127.0.0.1:${port}`, requests }
}
