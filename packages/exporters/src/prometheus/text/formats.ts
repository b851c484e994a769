import { text004, text100 } from './classic-text.ts'
import type { ExpositionFormat } from './format.ts'
import { openMetrics100 } from './open-metrics.ts'

/** The formats that can be asked for; of equally wanted ones the first is answered. */
export const formats: readonly ExpositionFormat[] = [text004, openMetrics100, text100]

/** What is answered where nothing that we have was asked for (Prometheus, "Content negotiation"). */
export const defaultFormat: ExpositionFormat = text004
