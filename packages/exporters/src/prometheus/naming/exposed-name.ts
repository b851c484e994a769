import type { Family } from '@vr/otel-metrics/internal'
import { type EscapingScheme, escapeName } from './escaping.ts'
import type { FamilyName } from './metric-name.ts'

/** Suffix of the sample names of a type, which OpenMetrics does not have on metadata lines. */
const SUFFIXES: Readonly<Partial<Record<Family['type'], string>>> = { counter: '_total', info: '_info' }

/** Returns the names of a family that was read from another exposition: the same as there, escaped as the scraper requests. */
export function exposedFamilyName({ name, type, unit }: Family, scheme: EscapingScheme): FamilyName {
  const classicName = escapeName(name, scheme, 'metric')
  const suffix = SUFFIXES[type] ?? ''
  const base = classicName.endsWith(suffix)
    ? classicName.slice(0, classicName.length - suffix.length)
    : classicName
  const writtenUnit = unit === '' ? '' : escapeName(unit, scheme, 'metric')
  return { name: base, classicName, unit: base.endsWith(`_${writtenUnit}`) ? writtenUnit : '' }
}
