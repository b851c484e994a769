import type { Attributes, Meter } from '@opentelemetry/api'
import type { Account, Balance } from './account.ts'

/** The instruments that show the books. */
export const ACCOUNT_DEFINITIONS = {
  created: {
    name: 'vr_otel.telemetry.created',
    description: 'Spans and data points that were made to be sent.',
  },
  exported: {
    name: 'vr_otel.telemetry.exported',
    description: 'Spans and data points that the collector has accepted.',
  },
  dropped: {
    name: 'vr_otel.telemetry.dropped',
    description: 'Spans and data points that were lost, by reason.',
  },
  queued: {
    name: 'vr_otel.telemetry.queued',
    description: 'Spans and data points that wait to be sent, those on their way included.',
  },
} as const

const UNIT = '{item}'

/**
 * Shows the books of each signal as metrics: `vr_otel.telemetry.created`, `.exported`, `.dropped` (with `reason`) and
 * `.queued`, all with `signal`. The four add up in every collection: created = exported + dropped + queued.
 * @param accounts one for each signal
 */
export function observeAccounts(meter: Meter, accounts: readonly Account[]): void {
  const counter = (key: 'created' | 'exported' | 'dropped') =>
    meter.createObservableCounter(ACCOUNT_DEFINITIONS[key].name, {
      unit: UNIT,
      description: ACCOUNT_DEFINITIONS[key].description,
    })
  const [created, exported, dropped] = [counter('created'), counter('exported'), counter('dropped')]
  const queued = meter.createObservableUpDownCounter(ACCOUNT_DEFINITIONS.queued.name, {
    unit: UNIT,
    description: ACCOUNT_DEFINITIONS.queued.description,
  })
  const observed = [created, exported, dropped, queued]
  meter.addBatchObservableCallback((result) => {
    for (const account of accounts) {
      const signal: Attributes = { signal: account.signal }
      const balance: Balance = account.balance()
      result.observe(created, balance.created, signal)
      result.observe(exported, balance.exported, signal)
      result.observe(queued, balance.queued, signal)
      for (const [reason, count] of balance.dropped) result.observe(dropped, count, { ...signal, reason })
    }
  }, observed)
}
