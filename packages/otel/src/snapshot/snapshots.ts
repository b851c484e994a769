import type { CollectedFamily } from '@vr/otel-exporters'
import { type Clock, processClock } from '@vr/otel-metrics/internal'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'
import { composeSnapshot } from './compose-snapshot.ts'
import type { MetricSnapshot, SnapshotFilter } from './metric-snapshot.ts'
import { createSnapshotHandler } from './snapshot-handler.ts'
import { SnapshotSource } from './snapshot-source.ts'
import { WindowedReads } from './windowed-reads.ts'

/** Options of {@link Snapshots}. */
export interface SnapshotsOptions {
  /** Collects the families of a scrape; rejects after the time limit. */
  readonly collect: (timeoutMs: number) => Promise<readonly CollectedFamily[]>
  /** Token of the metrics endpoint; `undefined` for none. */
  readonly token: string | undefined
  /** Default: the clock of the process. */
  readonly clock?: Clock
}

/** Reads the metrics of all workers and of the engine in code. Has no cost while it is not used. */
export class Snapshots {
  /** Answers a snapshot as JSON. */
  readonly handler: RequestHandler
  /** Rates and quantiles over the last seconds. */
  readonly windows: WindowedReads
  readonly #source: SnapshotSource

  constructor({ collect, token, clock = processClock }: SnapshotsOptions) {
    this.#source = new SnapshotSource(collect, clock)
    this.windows = new WindowedReads(this.#source, clock)
    this.handler = createSnapshotHandler((filter) => this.read(filter), token)
  }

  /** @throws TimeoutError after 5 s, or the error of the collection */
  async read(filter?: SnapshotFilter): Promise<MetricSnapshot[]> {
    const { families } = await this.#source.read()
    return composeSnapshot(families, filter)
  }

  /** Stops the timer of windows. */
  stop(): void {
    this.windows.stop()
  }
}
