import type { InstrumentDefinition } from '@vr/otel-instruments'

/** The largest number of values that an attribute may have. */
const MAX_VALUES = 1500

/** Returns the problems of the definition of an instrument; an empty list if it has none. */
export function lintDefinition(definition: InstrumentDefinition): string[] {
  const { name, kind, unit, description, attributes, buckets, merge } = definition
  const rules: [isBroken: boolean, problem: string][] = [
    [unit === '', 'has no unit'],
    [!description.endsWith('.'), 'has a description that is not a sentence'],
    [/duration/.test(name) && unit !== 's', 'is a duration that is not in seconds'],
    [
      (buckets !== undefined) !== (kind === 'histogram'),
      'has buckets but is not a histogram, or is a histogram without buckets',
    ],
    [
      (merge !== undefined) !== (kind === 'gauge' || kind === 'up_down_counter'),
      'has a merge rule but is not a gauge or up-down counter, or is one without a merge rule',
    ],
    [/total/.test(name), 'has "total" in its name: the exporter adds it to counters'],
    ...attributes.flatMap(({ name: key, values, limit = 0, description: ofKey }): typeof rules => [
      [key === '' || ofKey === '', `has an attribute without a name or a description: "${key}"`],
      // bounds.test.ts of the instruments proves that measurements keep the bound.
      [values.length + limit === 0, `has no values for the attribute "${key}"`],
      [values.length + limit > MAX_VALUES, `has more than ${MAX_VALUES} values for the attribute "${key}"`],
    ]),
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => `${name} ${problem}`)
}
