/**
 * A sample value as every text format accepts it: the shortest decimal that reads back as the same
 * number, `NaN`, `+Inf` or `-Inf`.
 */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return `${value}`
}

/**
 * A bucket bound as a canonical float (OpenMetrics 1.0, "Considerations: Canonical Numbers"): Go's `%g`
 * with `.0` appended where nothing says that it is a float: `0.005`, `1.0`, `60.0`, `1e+06`, `1e-05`.
 * All formats use it, so that a target that changes its format keeps its series.
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
