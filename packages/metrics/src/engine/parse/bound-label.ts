import { refuse } from './exposition-error.ts'
import { readNumber } from './read-number.ts'
import type { Sample } from './read-sample.ts'

/**
 * Returns the number in the label `le` of a bucket, or in the label `quantile` of a summary.
 * @param isCanonical whether an integer needs a decimal point, and infinity a sign (OpenMetrics 1.0, "Canonical Numbers")
 */
export function boundOf(sample: Sample, label: string, isCanonical: boolean): number {
  const text = sample.labels.find(([name]) => name === label)?.[1]
  if (text === undefined) refuse(`the label ${label} is missing`, sample.line)
  const bound = readNumber(text)
  if (bound === undefined || Number.isNaN(bound)) refuse(`the label ${label} is not a number`, sample.line)
  if (isCanonical && !/^\+Inf$|[.e]/.test(text))
    refuse(`the label ${label} is not a canonical number`, sample.line)
  return bound
}
