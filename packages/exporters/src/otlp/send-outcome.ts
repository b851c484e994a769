/** What the person who runs the collector, or the exporter, should look at. */
export type FailureCategory = 'connection' | 'credentials' | 'endpoint' | 'data'

/** How one attempt to send ended. */
export type SendOutcome =
  | {
      readonly kind: 'accepted'
      /** How much of it the collector did not take (partial success). */
      readonly rejected: number
      /** What the collector says about it. */
      readonly message?: string
    }
  | {
      readonly kind: 'retry'
      readonly reason: string
      /** How long the collector asks to be left alone, in milliseconds. */
      readonly retryAfterMs?: number
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly category: FailureCategory }

/** Sends encoded requests, each once. */
export interface Transport {
  /** Where they go, for people. */
  readonly address: string
  /** Settles when the attempt has ended, at the latest when its time is over; never rejects. */
  send(body: Uint8Array): Promise<SendOutcome>
  /** Cuts what is under way and closes the connections: nothing keeps the process alive, nothing is sent any more. */
  close(): void
}

/** An outcome after which the same bytes may be sent again. */
export function retryable(reason: string, afterMs?: number): SendOutcome {
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, retryAfterMs: afterMs }
}

/** The outcome of what is asked of a transport that is closed: its books say that it is lost, so it may not arrive. */
export const TRANSPORT_CLOSED: SendOutcome = retryable('closed')

/** An outcome after which sending the same bytes again is of no use. */
export function refused(reason: string, blame: FailureCategory): SendOutcome {
  return { kind: 'refused', reason, category: blame }
}
