/** Words of UCUM units in metric names (OpenTelemetry, "Prometheus and OpenMetrics Compatibility", units). */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
])

/** Words of the denominator, in the singular. */
const PER_WORDS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
])

/**
 * Returns the words that a unit adds to a metric name: `s` is `seconds`, `By/s` is `bytes_per_second`; `1`
 * and annotations such as `{request}` add nothing (empty text). In an unknown unit, characters that names
 * cannot have become underscores.
 */
export function unitWords(unit: string): string {
  if (unit === '' || unit === '1') return ''
  const [main = '', per = ''] = withoutAnnotations(unit).split('/', 2)
  const mainWord = WORDS.get(main) ?? cleaned(main)
  const perWord = PER_WORDS.get(per) ?? cleaned(per)
  if (perWord === '') return mainWord
  return mainWord === '' ? `per_${perWord}` : `${mainWord}_per_${perWord}`
}

function withoutAnnotations(unit: string): string {
  return unit.replace(/\{[^{}]*\}/g, '').trim()
}

function cleaned(unit: string): string {
  return unit === '1'
    ? ''
    : unit
        .replace(/[^a-zA-Z0-9]+/g, '_')
        .replace(/^_+/, '')
        .replace(/_+$/, '')
}
