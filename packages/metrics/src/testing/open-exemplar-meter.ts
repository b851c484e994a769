import { MeterProvider } from '../provider/meter-provider.ts'
import type { MeterProviderOptions } from '../provider/settings.ts'
import { readerOf } from './collecting-reader.ts'

/** Time of all measurements, in epoch milliseconds. */
export const NOW = 1_700_000_000_250

/**
 * Opens a meter with a cumulative reader and a fixed clock. `exemplarsOf` collects the exemplars of each data point.
 */
export function openExemplarMeter(options: MeterProviderOptions = {}) {
  const reader = readerOf('cumulative')
  const meter = new MeterProvider({ readers: [reader], now: () => NOW, ...options }).getMeter('m')
  const exemplarsOf = async (name: string) => (await reader.points(name)).map((point) => point.exemplars)
  return { reader, meter, exemplarsOf }
}
