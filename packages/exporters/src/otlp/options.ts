import type { Clock } from '@vr/otel-metrics/internal'
import type { Log } from '../outage.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { FailureCategory } from './send-outcome.ts'

/** OTLP transport and encoding. */
export type OtlpProtocol = 'grpc' | 'http/protobuf' | 'http/json'

/** Connection to an OTLP collector. Environment variables are not read. */
export interface OtlpConnectionOptions {
  /** Default `grpc`. */
  readonly protocol?: OtlpProtocol
  /**
   * `http://host:port`, or `https://host:port` for TLS. With HTTP the path is the path of the request
   * (`http://localhost:4318/v1/traces`); with gRPC it is ignored.
   */
  readonly url: string
  /**
   * Sent with every request. Default: none. Headers that describe or frame the request (`Content-Type`,
   * `Content-Encoding`, `User-Agent`, `Content-Length`, `Transfer-Encoding`, `Connection`, `TE`, `Expect`, …) are not
   * sent; a warning names them once.
   */
  readonly headers?: Readonly<Record<string, string>>
  /** Timeout of a request, in milliseconds. Default 10 000. */
  readonly timeoutMillis?: number
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none'
  /** Trusted certificate authorities, PEM. Default: those of Node. */
  readonly ca?: Buffer
  /** Certificate chain of the client, PEM; only together with `key`. */
  readonly cert?: Buffer
  /** Private key of the client, PEM; only together with `cert`. */
  readonly key?: Buffer
}

/** Options of all OTLP exporters. */
export interface OtlpOptions extends OtlpConnectionOptions {
  /** Counts what happens to every item. Default: private statistics. */
  readonly deliveryStats?: DeliveryStats
  /** Logger of outages, each logged once when it starts and once when it ends. Default: the API's `diag`. */
  readonly log?: Log
  /** What to check after a failure, for log messages: names of the settings that the application's user can change. */
  readonly hints?: Readonly<Partial<Record<FailureCategory, string>>>
  /** How long a request is retried, in milliseconds. Default 300 000. */
  readonly retryBudgetMillis?: number
  /** Maximum duration of `shutdown`, in milliseconds; what is not delivered by then is dropped. Default 1000. */
  readonly shutdownMillis?: number
  /** For tests. Default: the monotonic clock of the process. */
  readonly clock?: Clock
  /** For tests: returns a number from 0 to 1. Default `Math.random`. */
  readonly random?: () => number
}

/** An exporter that can be shut down without waiting. */
export interface ImmediateShutdown {
  /** Drops and counts everything that is not delivered. Nothing keeps the process alive afterwards. */
  shutdownNow(): void
}
