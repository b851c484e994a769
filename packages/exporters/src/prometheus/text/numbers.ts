/**
 * Formats a sample value for every text format: the shortest decimal that reads back as the same number,
 * `NaN`, `+Inf` or `-Inf`.
 */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return `${value}`
}

/**
 * Formats a bucket bound as a canonical float (OpenMetrics 1.0, "Considerations: Canonical Numbers"): Go's
 * `%g`, with `.0` appended to integers: `0.005`, `1.0`, `60.0`, `1e+06`, `1e-05`. All formats use it, so that
 * a target keeps its series when the format changes.
 */
export function formatBound(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  if (bound === Number.NEGATIVE_INFINITY) return '-Inf'
  if (bound === 0) return '0.0'
  const [mantissa = '', power = '0'] = bound.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return Number.isInteger(bound) ? `${bound}.0` : `${bound}`
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${`${Math.abs(exponent)}`.padStart(2, '0')}`
}
