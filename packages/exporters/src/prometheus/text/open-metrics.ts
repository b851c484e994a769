import { escapeQuoted } from './escape-text.ts'
import type { ExpositionFormat } from './format.ts'
import { quotedName } from './labels.ts'
import { otherSamples } from './other-samples.ts'
import { histogramSamples, numberSamples, type SampleRules } from './samples.ts'
import type { WrittenFamily } from './written-family.ts'

const RULES: SampleRules = { exemplars: true, created: true, countNeedsSum: true }

/** The type `unknown` has neither exemplars nor `_created`. */
const UNKNOWN_RULES: SampleRules = { exemplars: false, created: false, countNeedsSum: true }

/** OpenMetrics 1.0.0, the only text format with exemplars. */
export const openMetrics100: ExpositionFormat = {
  mediaType: 'application/openmetrics-text',
  version: '1.0.0',
  escapes: true,
  family: writeFamily,
  end: '# EOF\n',
}

/**
 * Writes a family with metadata in the order TYPE, UNIT, HELP. UNIT is written only if it ends the name. A counter that must keep a
 * name without `_total`, which its samples cannot have here, is of the type `unknown`.
 */
function* writeFamily(family: WrittenFamily): Generator<string> {
  const isUnknown = family.type === 'counter' && family.keepsName && !hasTotal(family)
  const name = quotedName(family.name, 'metric')
  const unit = family.unit === '' ? '' : `# UNIT ${name} ${family.unit}\n`
  const help = family.help === '' ? '' : `# HELP ${name} ${escapeQuoted(family.help)}\n`
  yield `# TYPE ${name} ${isUnknown ? 'unknown' : family.type}\n${unit}${help}`
  if (family.type === 'histogram') yield* histogramSamples(family, RULES)
  else if (family.type === 'gauge') yield* numberSamples(family, family.name, RULES)
  else if (family.type !== 'counter') yield* otherSamples(family, RULES)
  else if (isUnknown) yield* numberSamples(family, family.name, UNKNOWN_RULES)
  else yield* numberSamples(family, `${family.name}_total`, RULES)
}

const hasTotal = ({ name, classicName }: WrittenFamily): boolean => classicName === `${name}_total`
