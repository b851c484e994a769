import type { HrTime } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import { logger } from '../logger.ts'
import { INT } from '../sdk-values.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { ObservedStream } from '../series/observed-stream.ts'
import type { StreamOptions } from '../series/stream.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'
import { SyncStream } from '../series/sync-stream.ts'
import { CallbackRegistry } from './callback-registry.ts'
import type { ObservationsByStream } from './observations-by-stream.ts'
import type { StreamPlan } from './stream-plan.ts'

/** A stream and the readers that collect it. */
interface RegisteredStream<S> {
  readonly stream: S
  readonly readers: Set<IMetricReader>
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

  /** Returns the synchronous stream of this plan and adds the plan's readers to it. Creates the stream if needed. */
  syncStream(plan: StreamPlan): SyncStream {
    return this.#register(plan, SyncStream)
  }

  /** Returns the asynchronous stream of this plan, which has a single reader. Creates the stream if needed. */
  observedStream(plan: StreamPlan): ObservedStream {
    return this.#register(plan, ObservedStream)
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

  #register<S extends SyncStream | ObservedStream>(
    plan: StreamPlan,
    Stream: new (options: StreamOptions) => S,
  ): S {
    const known = this.#registered.get(plan.key)
    if (known === undefined) return this.#create(plan, Stream)
    for (const reader of plan.readers) known.readers.add(reader)
    mergeDescriptions(known, plan.options.descriptor)
    // The key contains the instrument type, so streams with equal keys have the same class.
    return known.stream as S
  }

  #create<S extends SyncStream | ObservedStream>(
    plan: StreamPlan,
    Stream: new (options: StreamOptions) => S,
  ): S {
    this.#warnOfConflict(plan)
    const stream = new Stream(plan.options)
    const { descriptor } = plan.options
    const readers = new Set(plan.readers)
    const lowerCaseName = descriptor.name.toLowerCase()
    this.#registered.set(plan.key, {
      stream,
      readers,
      lowerCaseName,
      descriptor,
      hasDescriptionConflict: false,
    })
    return stream
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
