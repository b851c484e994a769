/**
 * A local OTLP sink: takes traces and metrics over gRPC and HTTP, keeps the last ones in memory, and answers
 *
 * - `GET /traces`: the traces, the newest first
 * - `GET /traces/<trace id>`: the spans of one trace
 * - `GET /metrics`: all metrics as last received
 *
 *     GRPC_PORT=4317 HTTP_PORT=4318 node src/otlp-sink.ts
 */
import { failToListen, listenOnLoopback, onEnd, portFromEnv } from './lifetime.ts'
import { startGrpc } from './otlp-sink/grpc.ts'
import { createHttp } from './otlp-sink/http.ts'
import { SinkStore } from './otlp-sink/store.ts'

const grpcPort = portFromEnv('GRPC_PORT', 4317)
const httpPort = portFromEnv('HTTP_PORT', 4318)
const store = new SinkStore()
const http = createHttp(store)

const grpc = await startGrpc(store, grpcPort).catch((error) => failToListen('GRPC_PORT', grpcPort, error))
const boundHttpPort = await listenOnLoopback(http, httpPort).catch((error) =>
  failToListen('HTTP_PORT', httpPort, error),
)
console.log(`otlp sink listening on grpc://127.0.0.1:${grpc.port} and http://127.0.0.1:${boundHttpPort}`)

onEnd(async () => {
  http.close()
  http.closeAllConnections()
  grpc.server.forceShutdown()
})
