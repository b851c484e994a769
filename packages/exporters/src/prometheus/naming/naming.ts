import type { Family } from '@vr/otel-metrics/internal'
import { type EscapingScheme, escapeName } from './escaping.ts'
import { exposedFamilyName } from './exposed-name.ts'
import { type FamilyName, familyName, type NamedInstrument, type NamingSettings } from './metric-name.ts'

/** Label names that are cached at most. There are few unless attribute keys are made from data. */
const MAX_CACHED_LABELS = 1000

/** Names labels. */
export interface LabelNaming {
  /** Returns a valid label name. Two attribute keys may get the same one. */
  label(key: string): string
}

/** Translates OpenTelemetry names into the names of one exposition. */
export interface Naming extends LabelNaming {
  /** Returns undefined if no character of the name is allowed in a Prometheus name. */
  family(instrument: NamedInstrument): FamilyName | undefined
  /** For families that were read from another exposition: their names are escaped as the scraper requests, and not translated. */
  readonly exposed: LabelNaming & { family(family: Family): FamilyName }
}

/** Creates the naming of expositions in one escaping scheme, which the scraper requests. */
export function createNaming(settings: NamingSettings, scheme: EscapingScheme): Naming {
  const labels = new Map<string, string>()
  const translate = settings.translationStrategy.startsWith('Underscore') ? labelName : (key: string) => key
  return {
    family: (instrument) => familyName(instrument, settings, scheme),
    exposed: {
      family: (family) => exposedFamilyName(family, scheme),
      label: (key) => withoutReservedPrefix(escapeName(key, scheme, 'label')),
    },
    label: (key) => {
      let label = labels.get(key)
      if (label === undefined) {
        label = withoutReservedPrefix(escapeName(translate(key), scheme, 'label'))
        if (labels.size < MAX_CACHED_LABELS) labels.set(key, label)
      }
      return label
    },
  }
}

/** A key that starts with a digit gets the prefix `key_` (OpenTelemetry, "Prometheus and OpenMetrics Compatibility"). */
function labelName(key: string): string {
  const legacy = key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/_{2,}/g, '_')
  if (legacy === '') return '_'
  return /^[0-9]/.test(legacy) ? `key_${legacy}` : legacy
}

/**
 * Prometheus reserves label names that start with `__` (`__name__`). Keys that are not translated can start so, and the
 * scheme `dots` doubles underscores.
 */
function withoutReservedPrefix(label: string): string {
  return label.startsWith('__') ? `key${label}` : label
}
