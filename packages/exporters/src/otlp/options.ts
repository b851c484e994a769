import type { Clock } from '@vr/otel-metrics/internal'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Log } from './outage.ts'
import type { FailureCategory } from './send-outcome.ts'

/** How OTLP travels. */
export type OtlpProtocol = 'grpc' | 'http/protobuf' | 'http/json'

/** Where OTLP goes, and how. What is given is what is used: no variable of the environment changes anything. */
export interface OtlpConnectionOptions {
  /** Default `grpc`. */
  readonly protocol?: OtlpProtocol
  /**
   * `http://host:port` or, with TLS, `https://host:port`. Over HTTP its path is the one that is asked
   * (`http://localhost:4318/v1/traces`); gRPC has none.
   */
  readonly url: string
  /**
   * Sent with every request. Default: none. Headers that describe or frame the request (`Content-Type`,
   * `Content-Encoding`, `User-Agent`, `Content-Length`, `Transfer-Encoding`, `Connection`, `TE`, `Expect`, …) are not
   * sent, and the log names them once.
   */
  readonly headers?: Readonly<Record<string, string>>
  /** How long one request may take, in milliseconds. Default 10 000. */
  readonly timeoutMillis?: number
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none'
  /** Certificates of the authorities to trust, PEM. Default: those of Node. */
  readonly ca?: Buffer
  /** Certificate chain of this client, PEM; only together with `key`. */
  readonly cert?: Buffer
  /** Private key of this client, PEM; only together with `cert`. */
  readonly key?: Buffer
}

/** What all OTLP exporters can be told. */
export interface OtlpOptions extends OtlpConnectionOptions {
  /** The books to keep; default: own ones. */
  readonly deliveryStats?: DeliveryStats
  /** Where faults are said, once when they begin and once when they end. Default: the API's `diag`. */
  readonly log?: Log
  /** What to look at, by what is at fault, in the words of whoever configures the exporter. */
  readonly hints?: Readonly<Partial<Record<FailureCategory, string>>>
  /** How long the same data is tried again, in milliseconds. Default 300 000. */
  readonly retryBudgetMillis?: number
  /** How long `shutdown` may take, in milliseconds; what is not delivered by then is lost. Default 1000. */
  readonly shutdownMillis?: number
  /** For tests. Default: the clock of the process. */
  readonly clock?: Clock
  /** For tests: from 0 to 1. Default `Math.random`. */
  readonly random?: () => number
}

/** An exporter that can be ended at once. */
export interface ImmediateShutdown {
  /** Gives up all that has not been delivered, and counts it as lost: nothing keeps the process from ending. */
  shutdownNow(): void
}
