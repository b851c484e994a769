import type { Meter, MeterProvider, MetricOptions } from '@opentelemetry/api'

/** The methods of a meter that create a synchronous instrument. */
const CREATE_METHODS = ['createCounter', 'createUpDownCounter', 'createHistogram', 'createGauge'] as const

/**
 * Calls a function for each synchronous instrument that is created at a provider from now on.
 * @param onCreate must not throw
 * @returns stops it
 */
export function watchInstruments(
  provider: MeterProvider,
  onCreate: (scopeName: string, instrumentName: string) => void,
): () => void {
  const { getMeter } = provider
  const watched = new WeakSet<Meter>()
  let isActive = true
  provider.getMeter = (...scope) => {
    const meter = getMeter.apply(provider, scope)
    if (isActive && !watched.has(meter)) {
      watched.add(meter)
      watchMeter(meter, (instrumentName) => {
        if (isActive) onCreate(scope[0], instrumentName)
      })
    }
    return meter
  }
  return () => {
    isActive = false
    provider.getMeter = getMeter
  }
}

/** The methods in {@link CREATE_METHODS} without their type parameters. */
type Creator = Record<(typeof CREATE_METHODS)[number], (name: string, options?: MetricOptions) => object>

function watchMeter(meter: Meter, onCreate: (instrumentName: string) => void): void {
  const creator: Creator = meter
  for (const method of CREATE_METHODS) {
    const create = creator[method]
    creator[method] = (name, options) => {
      onCreate(name)
      return create.call(meter, name, options)
    }
  }
}
