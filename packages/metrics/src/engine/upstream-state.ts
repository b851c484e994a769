import type { FetchFault } from './fetch/fetch-error.ts'

/** Why families of an engine are not passed on, although their names are included. */
export type DropReason = 'conflict' | 'unsafe'

/** What is known of an engine. */
export interface UpstreamState {
  /** Name of the engine: the label `upstream`. */
  readonly upstream: string
  /** Whether the last fetch succeeded. `false` before the first one has ended. */
  readonly isUp: boolean
  /** Age of the last values that were read, in seconds. */
  readonly ageSeconds: number | undefined
  /** Number of failed fetches by reason. */
  readonly errors: Readonly<Record<FetchFault, number>>
  /** Failure of the last fetch; `undefined` if it succeeded. The message contains nothing of the URL. */
  readonly lastError: { readonly fault: FetchFault; readonly message: string } | undefined
  /** Size of the last exposition that was read, in bytes. */
  readonly bytes: number
  /** Number of families in the last values that are not passed on. */
  readonly dropped: Readonly<Record<DropReason, number>>
}
