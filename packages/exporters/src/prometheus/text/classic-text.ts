import { escapeLine } from './escape-text.ts'
import type { ExpositionFormat } from './format.ts'
import { quotedName } from './labels.ts'
import { histogramSamples, numberSamples, type SampleRules, sampleLine } from './samples.ts'
import type { WrittenFamily } from './written-family.ts'

const RULES: SampleRules = { exemplars: false, created: false, countNeedsSum: false }

/** The text format that every scraper reads (Prometheus, "Text-based format", version 0.0.4). */
export const text004: ExpositionFormat = {
  mediaType: 'text/plain',
  version: '0.0.4',
  escapes: false,
  family: writeFamily,
  end: '',
}

/** The same with UTF-8 names, where the scraper allows them (version 1.0.0). */
export const text100: ExpositionFormat = { ...text004, version: '1.0.0', escapes: true }

/** In these formats the metadata of a counter names its samples, and `target_info` is a gauge. */
function* writeFamily(family: WrittenFamily): Generator<string> {
  const name = quotedName(family.classicName, 'metric')
  const help = family.help === '' ? '' : `# HELP ${name} ${escapeLine(family.help)}\n`
  yield `${help}# TYPE ${name} ${family.type === 'info' ? 'gauge' : family.type}\n`
  if (family.type === 'info') yield sampleLine(family.classicName, family.labels[0] ?? '', '1')
  else if (family.type === 'histogram') yield* histogramSamples(family, RULES)
  else yield* numberSamples(family, family.classicName, RULES)
}
