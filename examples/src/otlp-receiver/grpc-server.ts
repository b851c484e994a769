/** Receives OTLP over gRPC. */
import { Server, ServerCredentials, type ServiceDefinition, type UntypedHandleCall } from '@grpc/grpc-js'
import { decodeRequest, type Signal } from './decode-request.ts'
import type { TelemetryStore } from './store.ts'

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}

/** Listens on a port of the loopback address (0 for any free port). Returns the server and its port. */
export async function startGrpcServer(
  store: TelemetryStore,
  port: number,
): Promise<{ server: Server; port: number }> {
  const server = new Server()
  server.addService(definition('traces'), { export: handler((request) => store.addTraces(request)) })
  server.addService(definition('metrics'), { export: handler((request) => store.addMetrics(request)) })
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, actual) =>
      error === null ? resolve(actual) : reject(error),
    )
  })
  return { server, port: bound }
}

function definition(signal: Signal): ServiceDefinition {
  return {
    export: {
      path: SERVICES[signal],
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes: Buffer) => decodeRequest(signal, bytes),
      requestSerialize: () => Buffer.alloc(0),
      responseSerialize: () => Buffer.alloc(0),
      responseDeserialize: () => ({}),
    },
  }
}

function handler(add: (request: object) => void): UntypedHandleCall {
  return (call: { request: object }, answer: (error: null, response: object) => void) => {
    add(call.request)
    answer(null, {})
  }
}
