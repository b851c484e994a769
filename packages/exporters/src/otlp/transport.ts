import type { Signal } from './delivery-stats.ts'
import { GrpcTransport } from './grpc-transport.ts'
import { HttpTransport } from './http-transport.ts'
import type { OtlpConnectionOptions } from './options.ts'
import type { Transport } from './send-outcome.ts'

/**
 * The transport of a protocol. What it needs of Node is loaded by this call and not before, synchronously.
 * @throws Error if the URL, a header, or a certificate or key, cannot be used
 */
export function createTransport(connection: OtlpConnectionOptions, signal: Signal): Transport {
  return connection.protocol === undefined || connection.protocol === 'grpc'
    ? new GrpcTransport(connection, signal)
    : new HttpTransport(connection)
}
