import { escapeLine } from './escape-text.ts'
import type { ExpositionFormat } from './format.ts'
import { quotedName } from './labels.ts'
import { otherSamples } from './other-samples.ts'
import { histogramSamples, numberSamples, type SampleRules } from './samples.ts'
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

/** TYPE of the families of types that the format does not have. A gauge histogram has none: its samples are untyped. */
const TYPES: Readonly<Partial<Record<WrittenFamily['type'], string>>> = {
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
  gaugehistogram: '',
}

/** Writes a family. Metadata of a counter has the name of its samples, and `target_info` is a gauge. */
function* writeFamily(family: WrittenFamily): Generator<string> {
  const name = quotedName(family.classicName, 'metric')
  const help = family.help === '' ? '' : `# HELP ${name} ${escapeLine(family.help)}\n`
  const type = TYPES[family.type] ?? family.type
  yield type === '' ? help : `${help}# TYPE ${name} ${type}\n`
  if (family.type === 'histogram') yield* histogramSamples(family, RULES)
  else if (family.type === 'counter' || family.type === 'gauge')
    yield* numberSamples(family, family.classicName, RULES)
  else yield* otherSamples(family, RULES)
}
