import { text004, text100 } from './classic-text.ts'
import type { ExpositionFormat } from './format.ts'
import { openMetrics100 } from './open-metrics.ts'

/** The supported formats. Of equally preferred ones the first is used. */
export const formats: readonly ExpositionFormat[] = [text004, openMetrics100, text100]

/** The format if the scraper accepts no supported one (Prometheus, "Content negotiation"). */
export const defaultFormat: ExpositionFormat = text004
