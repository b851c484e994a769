import type { Attributes } from '@opentelemetry/api'
import type { Push } from './messages.ts'

/** First message of a member. The aggregator answers with {@link Welcome} or {@link Refused}. */
export interface Hello {
  readonly type: 'hello'
  readonly protocol: number
  /** Version of the package. */
  readonly version: string
  /** Identifies the process, also after its pid was reused. */
  readonly key: string
  /** Whether a server of the process answers scrapes. */
  readonly serves: boolean
}

/** The aggregator accepts the member. */
export interface Welcome {
  readonly type: 'welcome'
  readonly protocol: number
  readonly version: string
  /** Identifies the aggregator. */
  readonly key: string
  /** Attributes of the aggregator's resource, which every scrape has. */
  readonly resource: Attributes
  /** Number of the member's slot, from 0. Slots of ended members are reused. */
  readonly slot: number
}

/**
 * The aggregator does not accept the member, or no longer: it has another version of the protocol, already counts the member as
 * ended, or closes.
 */
export interface Refused {
  readonly type: 'refused'
  readonly reason: 'protocol' | 'ended' | 'closed'
  readonly protocol: number
  readonly version: string
}

/** The member has a server. */
export interface Serving {
  readonly type: 'serving'
  /** Address of the metrics, to be logged. The member answers scrapes there, and needs the merged state. */
  readonly url?: string
}

/** Whether a process is ready for requests. */
export interface SharedReadiness {
  /** Whether the process has been asked to end. */
  readonly isDraining: boolean
  readonly checks: readonly SharedCheck[]
  /** The MCP servers that it has started, with the status of the last start. */
  readonly mcpServers: readonly { readonly serverLabel: string; readonly status: string }[]
}

/** A condition of readiness. */
export interface SharedCheck {
  readonly name: string
  readonly isReady: boolean
  /** Why it is not ready. */
  readonly reason?: string
}

/** The readiness of a member. */
export interface MemberReadiness {
  /** Number of the slot of the member. */
  readonly slot: number
  /** What it has reported last. */
  readonly readiness: SharedReadiness | undefined
}

/** The readiness of the member has changed. */
export interface ReadinessChanged {
  readonly type: 'readiness'
  readonly readiness: SharedReadiness
}

/** Requests the newest values of a member. The member pushes them, then sends {@link Flushed}. */
export interface Flush {
  readonly type: 'flush'
  readonly id: number
}

/** All values that were recorded before the {@link Flush} have been pushed. */
export interface Flushed {
  readonly type: 'flushed'
  readonly id: number
}

/** Requests the merged state for a scrape of the member. */
export interface Sync {
  readonly type: 'sync'
  readonly id: number
}

/** A part of the merged state: series that changed since the last one that was sent. */
export interface State {
  readonly type: 'state'
  readonly push: Push
  /** Whether the parts so far are the whole state. */
  readonly isLast: boolean
}

/** The state that a {@link Sync} requested has been sent. */
export interface Synced {
  readonly type: 'synced'
  readonly id: number
  /** Whether the state contains the newest values of all living members. */
  readonly complete: boolean
}

/** Requests a {@link Pong}, which confirms that the receiver has read all earlier messages. */
export interface Ping {
  readonly type: 'ping'
  readonly id: number
}

/** Answer to {@link Ping}. */
export interface Pong {
  readonly type: 'pong'
  readonly id: number
}

/** Requests that the member starts again: it sends {@link Hello} and pushes all series with new ids. */
export interface Reset {
  readonly type: 'reset'
}

/** The member has sent its last values. */
export interface Goodbye {
  readonly type: 'goodbye'
}

/** Requests the metrics that the other side reads at each scrape and does not push. Either side sends it. */
export interface TextRequest {
  readonly type: 'request'
  readonly id: number
  /** Time after which the answer is of no use, in milliseconds. */
  readonly timeoutMs: number
}

/** A part of the answer to a {@link TextRequest}. */
export interface TextResponse {
  readonly type: 'response'
  readonly id: number
  readonly text: string
  readonly isLast: boolean
}

/** A message from a member to its aggregator. */
export type MemberMessage =
  | Hello
  | Push
  | Serving
  | ReadinessChanged
  | Flushed
  | Sync
  | Ping
  | Goodbye
  | TextRequest
  | TextResponse

/** A message from an aggregator to a member. */
export type AggregatorMessage =
  | Welcome
  | Refused
  | Flush
  | State
  | Synced
  | Pong
  | Reset
  | TextRequest
  | TextResponse
