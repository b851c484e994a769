import type { HrTime } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import { logger } from '../logger.ts'
import { DELTA, INT } from '../sdk-values.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { ObservedStream } from '../series/observed-stream.ts'
import type { StreamOptions } from '../series/stream.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'
import { SyncStream } from '../series/sync-stream.ts'
import { CallbackRegistry } from './callback-registry.ts'
import { ChangeReader, type StreamListener } from './change-reader.ts'
import type { ObservationsByStream } from './observations-by-stream.ts'
import type { OwnDeltas, OwnSnapshot } from './shared-metrics.ts'
import { planStreams, type StreamPlan, type StreamSettings } from './stream-plan.ts'
import type { TrackedMetric } from './tracked-metric.ts'

/** A stream and the readers that collect it. */
interface RegisteredStream<S> {
  readonly stream: S
  readonly readers: Set<IMetricReader>
  readonly plan: StreamPlan
  /** The stream whose records or observations the stream gets; undefined if it gets its own. */
  readonly source: S | undefined
  /** Instrument names are case-insensitive. */
  readonly lowerCaseName: string
  descriptor: InstrumentDescriptor
  hasDescriptionConflict: boolean
}

/** The streams and callbacks of one meter. */
export class MeterStreams {
  readonly scope: InstrumentationScope
  readonly callbacks = new CallbackRegistry()
  readonly #registered = new Map<string, RegisteredStream<SyncStream | ObservedStream>>()

  constructor(scope: InstrumentationScope) {
    this.scope = scope
  }

  /**
   * Returns the synchronous stream of this plan and adds the plan's readers to it. Creates the stream if needed. Returns undefined if
   * the records of another stream are passed to it.
   */
  syncStream(plan: StreamPlan): SyncStream | undefined {
    const { stream, source } = this.#register(plan, SyncStream)
    return source === undefined ? stream : undefined
  }

  /** Returns the asynchronous stream of this plan, which has a single reader. Creates the stream if needed. */
  observedStream(plan: StreamPlan): ObservedStream {
    return this.#register(plan, ObservedStream).stream
  }

  /** Adds a change reader to the streams that exist. Creates cumulative streams where there are none. */
  track(reader: ChangeReader, settings: StreamSettings): void {
    for (const known of [...this.#registered.values()]) {
      const plans = planStreams(known.plan.instrument, this.scope, { ...settings, readers: [reader] })
      const plan = plans.find(({ identity }) => identity === known.plan.identity)
      if (plan === undefined) continue
      const existing = this.#registered.get(plan.key)
      if (existing !== undefined) this.#addReaders(existing, plan.readers)
      else if (known.stream instanceof SyncStream)
        this.#add(plan, known.stream.createMirror(plan.options), known.stream)
      else this.#add(plan, new ObservedStream(plan.options), known.stream)
    }
  }

  /** Returns the snapshots of this reader's streams that have data. */
  collect(reader: IMetricReader, observations: ObservationsByStream, endTime: HrTime): StreamSnapshot[] {
    const snapshots: StreamSnapshot[] = []
    for (const { stream, readers, descriptor } of this.#registered.values()) {
      if (!readers.has(reader)) continue
      const snapshot =
        stream instanceof SyncStream
          ? stream.collect(endTime)
          : stream.collect(observations.get(stream) ?? [], endTime)
      if (snapshot.size > 0) snapshots.push({ ...snapshot, options: { ...snapshot.options, descriptor } })
    }
    return snapshots
  }

  /** Starts a new interval of this reader's delta streams of synchronous instruments. */
  takeDeltas(reader: IMetricReader, endTime: HrTime): OwnDeltas {
    const pending: OwnSnapshot[] = []
    const exported: OwnSnapshot[] = []
    for (const { stream, readers } of this.#registered.values()) {
      if (!readers.has(reader) || stream.options.temporality !== DELTA) continue
      const isSync = stream instanceof SyncStream
      const snapshot = isSync ? stream.collect(endTime) : stream.observedBefore()
      ;(isSync ? pending : exported).push({ scope: this.scope, snapshot })
    }
    return { pending, exported }
  }

  #register<S extends SyncStream | ObservedStream>(
    plan: StreamPlan,
    Stream: new (options: StreamOptions) => S,
  ): RegisteredStream<S> {
    const known = this.#registered.get(plan.key)
    if (known === undefined) {
      this.#warnOfConflict(plan)
      return this.#add(plan, new Stream(plan.options))
    }
    this.#addReaders(known, plan.readers)
    mergeDescriptions(known, plan.options.descriptor)
    // The key contains the instrument type, so streams with equal keys have the same class.
    return known as RegisteredStream<S>
  }

  #add<S extends SyncStream | ObservedStream>(plan: StreamPlan, stream: S, source?: S): RegisteredStream<S> {
    const { descriptor } = plan.options
    const added: RegisteredStream<S> = {
      stream,
      readers: new Set(),
      plan,
      source,
      lowerCaseName: descriptor.name.toLowerCase(),
      descriptor,
      hasDescriptionConflict: false,
    }
    this.#registered.set(plan.key, added)
    this.#addReaders(added, plan.readers)
    return added
  }

  #addReaders(
    registered: RegisteredStream<SyncStream | ObservedStream>,
    readers: readonly IMetricReader[],
  ): void {
    for (const reader of readers) {
      if (registered.readers.has(reader)) continue
      registered.readers.add(reader)
      if (reader instanceof ChangeReader) listen(reader.listener, this.scope, registered)
    }
  }

  /**
   * Warns if a reader gets two different streams of one name. Both are exported (specification metrics/sdk.md
   * "Duplicate instrument registration", and "View" on conflicting metric identities).
   */
  #warnOfConflict({ options, readers }: StreamPlan): void {
    const added = options.descriptor
    const name = added.name.toLowerCase()
    for (const known of this.#registered.values()) {
      if (known.lowerCaseName !== name || !readers.some((reader) => known.readers.has(reader))) continue
      logger.warn(
        `metric "${added.name}" of meter "${this.scope.name}" is defined twice: as ${describe(known.descriptor)} and as ${describe(added)}; both are exported. Rename one of them, in code or with a view`,
      )
      return
    }
  }
}

function listen(
  listener: StreamListener,
  scope: InstrumentationScope,
  registered: RegisteredStream<SyncStream | ObservedStream>,
): void {
  const { stream, source, plan } = registered
  const metric: TrackedMetric = {
    scope,
    aggregation: plan.options.aggregation,
    get descriptor() {
      return registered.descriptor
    },
  }
  if (stream instanceof SyncStream) listener.addSyncStream(stream, metric)
  else listener.addObservedStream(stream, metric, source instanceof ObservedStream ? source : stream)
}

function describe({ type, unit, valueType }: InstrumentDescriptor): string {
  return `${type}, unit "${unit}", ${valueType === INT ? 'INT' : 'DOUBLE'}`
}

/** Keeps the longer of two descriptions (metrics/sdk.md "Duplicate instrument registration"). */
function mergeDescriptions(known: RegisteredStream<unknown>, added: InstrumentDescriptor): void {
  if (known.descriptor.description === added.description) return
  if (!known.hasDescriptionConflict)
    logger.warn(`metric "${added.name}" has different descriptions; using the longer one`)
  known.hasDescriptionConflict = true
  if (added.description.length > known.descriptor.description.length) {
    known.descriptor = { ...known.descriptor, description: added.description }
  }
}
