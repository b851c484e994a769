/** UCUM codes of the base units of OpenMetrics ("Units and Base Units"), by the word of the UNIT line. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['seconds', 's'],
  ['milliseconds', 'ms'],
  ['bytes', 'By'],
  ['joules', 'J'],
  ['grams', 'g'],
  ['meters', 'm'],
  ['ratios', '1'],
  ['ratio', '1'],
  ['percent', '%'],
  ['volts', 'V'],
  ['amperes', 'A'],
  ['celsius', 'Cel'],
])

/**
 * Returns the unit of an OpenTelemetry metric for a unit of OpenMetrics (OpenTelemetry, "Prometheus and OpenMetrics
 * Compatibility", Metric Metadata). An unknown unit stays as it is.
 */
export const otelUnit = (unit: string): string => CODES.get(unit) ?? unit
