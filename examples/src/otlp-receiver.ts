/**
 * A local OTLP receiver. Receives traces and metrics over gRPC and HTTP, keeps the latest in memory, and answers:
 *
 * - `GET /traces`: all traces, newest first
 * - `GET /traces/<trace id>`: the spans of one trace
 * - `GET /metrics`: the last received data of each metric
 *
 *     GRPC_PORT=4317 HTTP_PORT=4318 node src/otlp-receiver.ts
 */
import { exitWithListenError, listenOnLoopback, onShutdown, portFromEnv } from './lifecycle.ts'
import { startGrpcServer } from './otlp-receiver/grpc-server.ts'
import { createHttpServer } from './otlp-receiver/http-server.ts'
import { TelemetryStore } from './otlp-receiver/store.ts'

const grpcPort = portFromEnv('GRPC_PORT', 4317)
const httpPort = portFromEnv('HTTP_PORT', 4318)
const store = new TelemetryStore()
const http = createHttpServer(store)

const grpc = await startGrpcServer(store, grpcPort).catch((error) =>
  exitWithListenError('GRPC_PORT', grpcPort, error),
)
const boundHttpPort = await listenOnLoopback(http, httpPort).catch((error) =>
  exitWithListenError('HTTP_PORT', httpPort, error),
)
console.log(`OTLP receiver listening on grpc://127.0.0.1:${grpc.port} and http://127.0.0.1:${boundHttpPort}`)

onShutdown(async () => {
  http.close()
  http.closeAllConnections()
  grpc.server.forceShutdown()
})
