import type { HrTime } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import { logger } from '../logger.ts'
import { INT, type InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { ObservedStream } from '../series/observed-stream.ts'
import type { StreamOptions } from '../series/stream.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'
import { SyncStream } from '../series/sync-stream.ts'
import { CallbackRegistry } from './callback-registry.ts'
import type { ObservationsByStream } from './observations-by-stream.ts'
import type { StreamPlan } from './stream-plan.ts'

/** A stream and the readers that see it. */
interface RegisteredStream<S> {
  readonly stream: S
  readonly readers: Set<IMetricReader>
  /** Names are equal whatever their case. */
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

  /** The stream of this plan, made if no instrument has it yet; it serves the plan's readers from now on. */
  syncStream(plan: StreamPlan): SyncStream {
    return this.#register(plan, SyncStream)
  }

  /** The same for an asynchronous instrument; the plan has one reader. */
  observedStream(plan: StreamPlan): ObservedStream {
    return this.#register(plan, ObservedStream)
  }

  /** What this reader gets, without the streams that have nothing to report. */
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
    // The key holds the kind of instrument, so equal keys have streams of one class.
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
   * Specification metrics/sdk.md "Duplicate instrument registration", and "View" on conflicting metric identities: both
   * are reported, with a warning.
   */
  #warnOfConflict({ options, readers }: StreamPlan): void {
    const added = options.descriptor
    const name = added.name.toLowerCase()
    for (const known of this.#registered.values()) {
      if (known.lowerCaseName !== name || !readers.some((reader) => known.readers.has(reader))) continue
      logger.warn(
        `meter "${this.scope.name}": metric "${added.name}" (${describe(added)}) is there already as ${describe(known.descriptor)}; both are reported. Use another name, or rename one with a view`,
      )
      return
    }
  }
}

function describe({ type, unit, valueType }: InstrumentDescriptor): string {
  return `${type}, unit "${unit}", ${valueType === INT ? 'INT' : 'DOUBLE'}`
}

/** Of two descriptions the longer one wins (metrics/sdk.md "Duplicate instrument registration"). */
function mergeDescriptions(known: RegisteredStream<unknown>, added: InstrumentDescriptor): void {
  if (known.descriptor.description === added.description) return
  if (!known.hasDescriptionConflict)
    logger.warn(`metric "${added.name}" has two descriptions; the longer one is used`)
  known.hasDescriptionConflict = true
  if (added.description.length > known.descriptor.description.length) {
    known.descriptor = { ...known.descriptor, description: added.description }
  }
}
