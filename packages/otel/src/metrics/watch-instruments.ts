import type { Meter, MeterProvider, MetricOptions } from '@opentelemetry/api'

/** The methods of a meter that create a synchronous instrument. */
const CREATE_METHODS = ['createCounter', 'createUpDownCounter', 'createHistogram', 'createGauge'] as const

/** The methods of a meter in {@link CREATE_METHODS} without their type parameters. */
type Creator = Record<(typeof CREATE_METHODS)[number], (name: string, options?: MetricOptions) => object>

/** A synchronous instrument: it has one of the two methods. */
type Instrument = Partial<Record<'add' | 'record', (...measurement: never[]) => void>>

/**
 * Returns what to call for the first measurement of an instrument, before it is recorded; `undefined` to ignore the
 * instrument. Neither function may throw.
 */
export type WatchInstrument = (scopeName: string, instrumentName: string) => (() => void) | undefined

/**
 * Watches the synchronous instruments that are created at a provider from now on.
 * @returns stops it
 */
export function watchInstruments(provider: MeterProvider, watch: WatchInstrument): () => void {
  const { getMeter } = provider
  const watched = new WeakSet<Meter>()
  let isActive = true
  provider.getMeter = (...scope) => {
    const meter = getMeter.apply(provider, scope)
    if (isActive && !watched.has(meter)) {
      watched.add(meter)
      watchMeter(meter, (instrumentName) => (isActive ? watch(scope[0], instrumentName) : undefined))
    }
    return meter
  }
  return () => {
    isActive = false
    provider.getMeter = getMeter
  }
}

function watchMeter(meter: Meter, watch: (instrumentName: string) => (() => void) | undefined): void {
  const creator: Creator = meter
  for (const method of CREATE_METHODS) {
    const create = creator[method]
    creator[method] = (name, options) => {
      const instrument = create.call(meter, name, options)
      const onFirst = watch(name)
      if (onFirst !== undefined) watchFirstMeasurement(instrument, onFirst)
      return instrument
    }
  }
}

/** Wraps the method that records until it is called. */
function watchFirstMeasurement(instrument: Instrument, onFirst: () => void): void {
  const method = instrument.add === undefined ? 'record' : 'add'
  const original = instrument[method]
  if (original === undefined) return
  instrument[method] = (...measurement) => {
    instrument[method] = original
    onFirst()
    original.apply(instrument, measurement)
  }
}
