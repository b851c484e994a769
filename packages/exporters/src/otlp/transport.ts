import type { Signal } from './delivery-stats.ts'
import { GrpcTransport } from './grpc-transport.ts'
import { HttpTransport } from './http-transport.ts'
import type { OtlpConnectionOptions } from './options.ts'
import type { Transport } from './send-outcome.ts'

/**
 * Creates the transport of a protocol, and loads the modules of Node that it needs, synchronously.
 * @throws Error if the URL, a header, a certificate or a key is invalid
 */
export function createTransport(connection: OtlpConnectionOptions, signal: Signal): Transport {
  return connection.protocol === undefined || connection.protocol === 'grpc'
    ? new GrpcTransport(connection, signal)
    : new HttpTransport(connection)
}
