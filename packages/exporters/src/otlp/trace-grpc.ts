import { createRequire } from 'node:module'
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import type * as grpcBase from '@opentelemetry/otlp-grpc-exporter-base'
import { withoutHeaderVariables } from './environment.ts'

/** Options of `createOtlpGrpcTraceExporter`. */
export interface OtlpGrpcTraceOptions {
  /** `host:port`, or a URL with one (`http://collector:4317`); `insecure`, not the scheme, decides about TLS. */
  readonly url: string
  /** Sent with every call, as gRPC metadata. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Deadline of one call, in milliseconds. Default 10 000. */
  readonly timeoutMillis?: number
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none'
  /** True: no TLS. */
  readonly insecure: boolean
  /** Certificates of the authorities to trust, PEM. Default: those of Node. */
  readonly ca?: Buffer
  /** Certificate chain of this client, PEM; only together with `key`. */
  readonly cert?: Buffer
  /** Private key of this client, PEM; only together with `cert`. */
  readonly key?: Buffer
}

const DEFAULT_TIMEOUT = 10_000

/**
 * A span exporter over OTLP/gRPC, upstream's. It and gRPC are loaded by this call and not before,
 * synchronously. What is given is what is used: no `OTEL_EXPORTER_OTLP_*` variable changes anything.
 *
 * @throws Error if the URL cannot be parsed, or a certificate or key cannot be read by gRPC
 */
export function createOtlpGrpcTraceExporter(options: OtlpGrpcTraceOptions): OTLPTraceExporter {
  const require = createRequire(import.meta.url)
  const upstream: typeof import('@opentelemetry/exporter-trace-otlp-grpc') = require('@opentelemetry/exporter-trace-otlp-grpc')
  const base: typeof grpcBase = require('@opentelemetry/otlp-grpc-exporter-base')
  const metadata = base.createEmptyMetadata()
  for (const [name, value] of Object.entries(options.headers ?? {})) metadata.set(name, value)
  return withoutHeaderVariables(
    () =>
      new upstream.OTLPTraceExporter({
        url: options.url,
        metadata,
        credentials: options.insecure
          ? base.createInsecureCredentials()
          : base.createSslCredentials(options.ca, options.key, options.cert),
        timeoutMillis: options.timeoutMillis ?? DEFAULT_TIMEOUT,
        compression: (options.compression ?? 'none') as never,
      }),
  )
}
