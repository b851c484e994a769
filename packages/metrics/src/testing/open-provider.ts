import { MeterProvider } from '../provider/meter-provider.ts'
import type { MeterProviderOptions } from '../provider/settings.ts'
import { readerOf } from './collecting-reader.ts'

/** Start of the clock, in epoch milliseconds. */
export const START = 1_700_000_000_000

/** {@link START} as data points have it. */
export const START_HR = [1_700_000_000, 0]

/** Opens a provider with one reader, a meter, and a clock that the test moves. */
export function openProvider(
  options: MeterProviderOptions = {},
  temporality: 'delta' | 'cumulative' = 'cumulative',
) {
  const clock = { now: START }
  const reader = readerOf(temporality)
  const provider = new MeterProvider({ readers: [reader], now: () => clock.now, ...options })
  return { clock, reader, provider, meter: provider.getMeter('test', '1.2.3') }
}
