import { escapeQuoted } from './escape-text.ts'
import type { ExpositionFormat } from './format.ts'
import { quotedName } from './labels.ts'
import { histogramSamples, numberSamples, type SampleRules, sampleLine } from './samples.ts'
import type { WrittenFamily } from './written-family.ts'

const RULES: SampleRules = { exemplars: true, created: true, countNeedsSum: true }

/** OpenMetrics 1.0.0, the only text format with exemplars. */
export const openMetrics100: ExpositionFormat = {
  mediaType: 'application/openmetrics-text',
  version: '1.0.0',
  escapes: true,
  family: writeFamily,
  end: '# EOF\n',
}

/** Writes a family with metadata in the order TYPE, UNIT, HELP. UNIT is written only if it ends the name. */
function* writeFamily(family: WrittenFamily): Generator<string> {
  const name = quotedName(family.name, 'metric')
  const unit = family.unit === '' ? '' : `# UNIT ${name} ${family.unit}\n`
  const help = family.help === '' ? '' : `# HELP ${name} ${escapeQuoted(family.help)}\n`
  yield `# TYPE ${name} ${family.type}\n${unit}${help}`
  if (family.type === 'info') yield sampleLine(`${family.name}_info`, family.labels[0] ?? '', '1')
  else if (family.type === 'histogram') yield* histogramSamples(family, RULES)
  else if (family.type === 'gauge') yield* numberSamples(family, family.name, RULES)
  else yield* numberSamples(family, `${family.name}_total`, RULES)
}
