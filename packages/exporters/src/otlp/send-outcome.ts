/** What to check after a failure: the connection, the credentials, the endpoint, the data, or the capacity of the queue. */
export type FailureCategory = 'connection' | 'credentials' | 'endpoint' | 'data' | 'capacity'

/** How one request to the collector ended. */
export type SendOutcome =
  | {
      readonly kind: 'accepted'
      /** Number of items that the collector did not accept (partial success). */
      readonly rejected: number
      /** Message of the collector. */
      readonly message?: string
    }
  | {
      /** The same request can be sent again. */
      readonly kind: 'retry'
      readonly reason: string
      /** Delay requested by `Retry-After` or `RetryInfo`, in milliseconds. */
      readonly retryAfterMs?: number
    }
  | {
      /** Sending the same request again cannot succeed. */
      readonly kind: 'refused'
      readonly reason: string
      readonly category: FailureCategory
    }

/** Sends encoded requests to a collector, each once. */
export interface Transport {
  /** Address of the collector in log messages, without credentials. */
  readonly address: string
  /** Settles when the request has ended or timed out. Never rejects. */
  send(body: Uint8Array): Promise<SendOutcome>
  /** Aborts requests, closes connections and rejects further requests. Nothing keeps the process alive afterwards. */
  close(): void
}

/** Creates the outcome of a request that can be sent again. */
export function retryable(reason: string, retryAfterMs?: number): SendOutcome {
  return retryAfterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, retryAfterMs }
}

/**
 * Outcome of a request to a closed transport. Its items have been counted as dropped when the transport was closed, so
 * they must not reach the collector.
 */
export const TRANSPORT_CLOSED: SendOutcome = retryable('closed')

/** Creates the outcome of a request that must not be sent again. */
export function refused(reason: string, category: FailureCategory): SendOutcome {
  return { kind: 'refused', reason, category }
}
