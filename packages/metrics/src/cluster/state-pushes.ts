import type { MergedExemplar } from './merged-exemplars.ts'
import type { MergedMetric } from './merged-metric.ts'
import type { MergedSlot } from './merged-slots.ts'
import type { MergedSource } from './merged-source.ts'
import { MAX_MESSAGE_BYTES, type MetricIdentity, type Push } from './messages.ts'
import { PushMessage } from './push-message.ts'
import type { SeriesIds } from './series-ids.ts'
import type { ValueTable } from './value-table.ts'

/**
 * Yields what changed after a version, as pushes for a replica: removed series, values, exemplars, and the definitions of metrics and
 * series that the replica may not have.
 *
 * @param version the present version, which becomes the sequence number
 */
export function* changedSeries(
  metrics: Iterable<MergedMetric>,
  ids: SeriesIds,
  since: number,
  version: number,
): Generator<Push> {
  const messages = new StateMessages(version)
  for (const id of since > 0 ? ids.hiddenSince(since) : []) yield* messages.add((m) => m.addRemoved(id))
  for (const metric of metrics) {
    if (metric.version <= since) continue
    const isNewMetric = metric.definedAt > since
    if (isNewMetric) yield* messages.add((m) => m.addMetric(metric.id, replicaIdentity(metric.identity)))
    for (const slot of metric.slots.visible()) {
      const series = metric.slots.get(slot)
      if (series === undefined) continue
      const isNew = ids.isNewSince(series.id, since)
      if (isNew || series.version > since)
        yield* messages.add((m) => addSeries(m, metric, series, isNew, metric.merged, slot))
      yield* addExemplars(messages, series, metric.exemplars.of(slot), isNew ? 0 : since)
    }
  }
  yield messages.takeLast()
}

/**
 * Yields the values of ended sources that changed after a version, together with the values of the given sources. Each value has its
 * definition.
 */
export function* retiredSeries(
  metrics: Iterable<MergedMetric>,
  sources: readonly MergedSource[],
  since: number,
  version: number,
): Generator<Push> {
  const messages = new StateMessages(version)
  for (const metric of metrics) {
    if (metric.version <= since || !metric.isCumulative) continue
    const columns = sources.flatMap((source) => source.columns.get(metric) ?? [])
    const total = metric.createTable()
    total.reserve(1)
    let isDefined = false
    for (const slot of metric.slots.visible()) {
      const series = metric.slots.get(slot)
      const rows = columns.flatMap((column) => column.rowsOf(slot).map((row) => ({ column, row })))
      if (series === undefined || !hasChanged(series, rows.length, since)) continue
      total.clear(0)
      if (series.retiredVersion > 0) total.add(0, metric.retired, slot)
      for (const { column, row } of rows) total.add(0, column.values, row)
      if (!isDefined) yield* messages.add((m) => m.addMetric(metric.id, metric.identity))
      isDefined = true
      yield* messages.add((m) => addSeries(m, metric, series, true, total, 0))
    }
  }
  yield messages.takeLast()
}

function hasChanged({ retiredVersion, version }: MergedSlot, rows: number, since: number): boolean {
  return retiredVersion > since || (rows > 0 && version > since)
}

/** The series of a replica have the label `worker` already. */
function replicaIdentity(identity: MetricIdentity): MetricIdentity {
  return identity.merge === 'by_worker' ? { ...identity, merge: 'last' } : identity
}

function addSeries(
  message: PushMessage,
  metric: MergedMetric,
  series: MergedSlot,
  isNew: boolean,
  values: ValueTable,
  row: number,
): void {
  if (isNew) message.addSeries(series.id, metric.id, series.attributes, series.startMs)
  values.write(row, series.id, message)
}

function* addExemplars(
  messages: StateMessages,
  series: MergedSlot,
  exemplars: readonly MergedExemplar[],
  since: number,
): Generator<Push> {
  for (const { wire, version } of exemplars) {
    if (version <= since) continue
    const [, value, timeMs, traceId, spanId, attributes] = wire
    yield* messages.add((m) => m.addExemplar([series.id, value, timeMs, traceId, spanId, attributes]))
  }
}

/** Divides pushes into messages. */
class StateMessages {
  readonly #sequence: number
  #message = new PushMessage()

  constructor(sequence: number) {
    this.#sequence = sequence
  }

  /** Adds content, which stays in one message. Yields the message before it if there is no room for both. */
  *add(content: (message: PushMessage) => void): Generator<Push> {
    const message = this.#message
    const sizes = message.sizes()
    content(message)
    if (message.bytes <= MAX_MESSAGE_BYTES) return
    const next = new PushMessage()
    message.moveTail(sizes, next)
    this.#message = next
    yield message.toPush(this.#sequence)
  }

  takeLast(): Push {
    return this.#message.toPush(this.#sequence)
  }
}
