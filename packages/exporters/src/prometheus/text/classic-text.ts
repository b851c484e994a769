import { escapeLine } from './escape-text.ts'
import type { ExpositionFormat } from './format.ts'
import { quotedName } from './labels.ts'
import { histogramSamples, numberSamples, type SampleRules, sampleLine } from './samples.ts'
import type { WrittenFamily } from './written-family.ts'

const RULES: SampleRules = { exemplars: false, created: false, countNeedsSum: false }

/** Text format 0.0.4, which every scraper supports (Prometheus, "Text-based format"). */
export const text004: ExpositionFormat = {
  mediaType: 'text/plain',
  version: '0.0.4',
  escapes: false,
  family: writeFamily,
  end: '',
}

/** Text format 1.0.0: 0.0.4 with UTF-8 names for scrapers that accept them. */
export const text100: ExpositionFormat = { ...text004, version: '1.0.0', escapes: true }

/** Writes a family. Metadata of a counter has the name of its samples, and `target_info` is a gauge. */
function* writeFamily(family: WrittenFamily): Generator<string> {
  const name = quotedName(family.classicName, 'metric')
  const help = family.help === '' ? '' : `# HELP ${name} ${escapeLine(family.help)}\n`
  yield `${help}# TYPE ${name} ${family.type === 'info' ? 'gauge' : family.type}\n`
  if (family.type === 'info') yield sampleLine(family.classicName, family.labels[0] ?? '', '1')
  else if (family.type === 'histogram') yield* histogramSamples(family, RULES)
  else yield* numberSamples(family, family.classicName, RULES)
}
