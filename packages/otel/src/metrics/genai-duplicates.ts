import type { MeterProvider } from '@opentelemetry/api'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { genAiQuantityOf } from '@vr/otel-instruments/internal'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { watchInstruments } from './watch-instruments.ts'

/** The part of the instruments of the group `genai` that is used here. */
interface GenAiInstruments {
  replaceBy(quantity: NonNullable<ReturnType<typeof genAiQuantityOf>>): void
}

/**
 * Stops recording a quantity of the group `genai` when another instrumentation records it at the same provider, such as
 * `@opentelemetry/instrumentation-openai`, `@ai-sdk/otel` or OpenLLMetry: sums would count each call twice. The first measurement
 * decides, because an instrumentation may create instruments and support no library that the application uses. Logs each
 * instrumentation once.
 * @returns stops watching
 */
export function yieldGenAiMetrics(
  provider: MeterProvider,
  genai: GenAiInstruments,
  log: Pick<StderrLogger, 'warn'>,
): () => void {
  const reported = new Set<string>()
  return watchInstruments(provider, (scopeName, instrumentName) => {
    const quantity = scopeName === SCOPE_NAME ? undefined : genAiQuantityOf(instrumentName)
    if (quantity === undefined) return undefined
    return () => {
      genai.replaceBy(quantity)
      if (reported.has(scopeName)) return
      reported.add(scopeName)
      log.warn(
        `instrumentation scope "${scopeName}" records metrics of calls to engines, such as ${instrumentName}; the group genai does not record the same ones from now on. To record both, set VR_METRICS_GENAI_DUPLICATES=true; to record those of the group genai alone, disable the other instrumentation`,
      )
    }
  })
}
