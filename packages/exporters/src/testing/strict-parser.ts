import { Tokens, unescapeText } from './tokens.ts'

export interface ParsedExemplar {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly timestamp: number
}

export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly exemplar?: ParsedExemplar
}

export interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly help: string
  readonly samples: ParsedSample[]
}

export type Dialect = 'text' | 'openmetrics'

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  info: ['_info'],
  summary: ['', '_count', '_sum', '_created'],
  unknown: [''],
  untyped: [''],
}

/**
 * Parses an exposition. Throws at everything that the format does not allow or that this package never
 * writes: blank lines, comments, a family in two parts, two TYPEs, conflicting names, invalid or repeated
 * label names, a series twice, buckets out of order, misplaced exemplars.
 */
export function parseStrictly(text: string, dialect: Dialect): ParsedFamily[] {
  if (text === '') return []
  if (!text.endsWith('\n')) throw new Error('no line end at the end')
  const lines = text.slice(0, -1).split('\n')
  if (dialect === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF at the end')
  const families: Mutable[] = []
  for (const line of lines) {
    if (line.startsWith('# ')) readMetadata(line, families, dialect)
    else readSample(line, families.at(-1), dialect)
  }
  checkNames(families)
  for (const family of families) checkFamily(family, dialect)
  return families
}

type Mutable = { -readonly [key in keyof ParsedFamily]: ParsedFamily[key] } & { seen: Set<string> }

function readMetadata(line: string, families: Mutable[], dialect: Dialect): void {
  const tokens = new Tokens(line)
  tokens.expect('# ')
  const keyword = tokens.match(/HELP|TYPE|UNIT/)
  tokens.expect(' ')
  const name = readName(tokens)
  tokens.expect(' ')
  let family = families.at(-1)
  if (family?.name !== name) {
    family = { name, type: '', unit: '', help: '', samples: [], seen: new Set() }
    families.push(family)
  }
  if (family.samples.length > 0) throw new Error(`metadata after samples: ${line}`)
  if (family.seen.has(keyword)) throw new Error(`twice: ${line}`)
  family.seen.add(keyword)
  if (keyword === 'TYPE') family.type = tokens.match(/counter|gauge|histogram|info|summary|unknown|untyped/)
  else if (keyword === 'UNIT') family.unit = tokens.match(/[a-zA-Z0-9_:]+/)
  else family.help = readHelp(tokens, dialect)
  tokens.end()
}

function readHelp(tokens: Tokens, dialect: Dialect): string {
  return unescapeText(tokens.match(dialect === 'text' ? /(?:[^\\\n]|\\[\\n])*/ : /(?:[^"\\\n]|\\[\\n"])*/))
}

function readName(tokens: Tokens): string {
  return tokens.rest.startsWith('"') ? tokens.quoted() : tokens.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/)
}

function readSample(line: string, family: Mutable | undefined, dialect: Dialect): void {
  if (family === undefined) throw new Error(`sample without a family: ${line}`)
  const tokens = new Tokens(line)
  const bare = tokens.rest.startsWith('{') ? undefined : readName(tokens)
  const { labels, quotedName } = tokens.rest.startsWith('{')
    ? readLabels(tokens, bare === undefined)
    : NO_LABELS
  const name = bare ?? quotedName
  if (name === undefined) throw new Error(`no name: ${line}`)
  tokens.expect(' ')
  const value = readNumber(tokens)
  const sample = { name, labels, value }
  const exemplar = tokens.skip(' # ') ? readExemplar(tokens) : undefined
  if (exemplar !== undefined && dialect === 'text') throw new Error(`exemplar in text: ${line}`)
  tokens.end()
  family.samples.push(exemplar === undefined ? sample : { ...sample, exemplar })
}

const NO_LABELS: { labels: Record<string, string>; quotedName: string | undefined } = {
  labels: {},
  quotedName: undefined,
}

function readLabels(tokens: Tokens, named: boolean): typeof NO_LABELS {
  const labels = new Map<string, string>()
  let quotedName: string | undefined
  tokens.expect('{')
  if (named) {
    quotedName = tokens.quoted()
    if (!tokens.rest.startsWith('}')) tokens.expect(',')
  }
  while (!tokens.skip('}')) {
    const name = tokens.rest.startsWith('"') ? tokens.quoted() : tokens.match(/[a-zA-Z_][a-zA-Z0-9_]*/)
    if (name === '' || name.startsWith('__')) throw new Error(`label name ${JSON.stringify(name)}`)
    if (labels.has(name)) throw new Error(`label ${name} twice`)
    tokens.expect('=')
    labels.set(name, tokens.quoted())
    if (!tokens.rest.startsWith('}')) tokens.expect(',')
  }
  return { labels: Object.fromEntries(labels), quotedName }
}

function readNumber(tokens: Tokens): number {
  const text = tokens.match(/NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?/)
  return text.endsWith('Inf') ? Number(`${text}inity`) : Number(text)
}

function readExemplar(tokens: Tokens): ParsedExemplar {
  const { labels } = readLabels(tokens, false)
  tokens.expect(' ')
  const value = readNumber(tokens)
  tokens.expect(' ')
  const timestamp = Number(tokens.match(/[0-9]+\.[0-9]+/))
  const length = Object.entries(labels).reduce(
    (sum, [key, text]) => sum + [...key].length + [...text].length,
    0,
  )
  if (length > 128) throw new Error(`exemplar of ${length} code points`)
  return { labels, value, timestamp }
}

function checkNames(families: readonly ParsedFamily[]): void {
  const seen = new Set<string>()
  for (const { name, type } of families) {
    for (const claim of new Set(['', ...(SUFFIXES[type] ?? [])].map((suffix) => name + suffix))) {
      if (seen.has(claim)) throw new Error(`the name ${claim} twice`)
      seen.add(claim)
    }
  }
}

function checkFamily(family: Mutable, dialect: Dialect): void {
  const { name, type, unit } = family
  if (!family.seen.has('TYPE')) throw new Error(`no TYPE: ${name}`)
  if (unit !== '' && !name.endsWith(`_${unit}`)) throw new Error(`unit ${unit} of ${name}`)
  const inText = type === 'counter' || type === 'info' ? [''] : (SUFFIXES[type] ?? [])
  const allowed = (dialect === 'text' ? inText : (SUFFIXES[type] ?? [])).map((suffix) => name + suffix)
  const series = new Set<string>()
  for (const sample of family.samples) {
    if (!allowed.includes(sample.name)) throw new Error(`sample ${sample.name} in the ${type} ${name}`)
    // To Prometheus an empty label value is an absent label, so such series are equal.
    const labels = Object.entries(sample.labels).filter(([, value]) => value !== '')
    const key = JSON.stringify([sample.name, labels.sort()])
    if (series.has(key)) throw new Error(`series twice: ${key}`)
    series.add(key)
    if (type === 'counter' && !(sample.value >= 0)) throw new Error(`counter ${name} ${sample.value}`)
    const place = sample.name === `${name}_bucket` || sample.name === `${name}_total`
    if (sample.exemplar !== undefined && !place) throw new Error(`exemplar at ${sample.name}`)
  }
  if (type === 'histogram') checkHistogram(family, dialect)
}

function checkHistogram({ name, samples }: ParsedFamily, dialect: Dialect): void {
  const groups = new Map<string, ParsedSample[]>()
  for (const sample of samples) {
    const { le: _, ...others } = sample.labels
    const key = JSON.stringify(Object.entries(others).sort())
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [sample])
    else if ([...groups.keys()].at(-1) !== key) throw new Error(`series of ${name} in two pieces`)
    else group.push(sample)
  }
  for (const group of groups.values()) checkBuckets(name, group, dialect)
}

function checkBuckets(name: string, group: readonly ParsedSample[], dialect: Dialect): void {
  const buckets = group.filter((sample) => sample.name === `${name}_bucket`)
  const count = group.find((sample) => sample.name === `${name}_count`)
  const sum = group.find((sample) => sample.name === `${name}_sum`)
  let [bound, reached] = [Number.NEGATIVE_INFINITY, 0]
  for (const { labels, value, exemplar } of buckets) {
    const text = labels['le'] ?? 'NaN'
    const le = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text)
    if (!/[.e]|^\+Inf$/.test(text)) throw new Error(`le ${text} is not a canonical float`)
    if (!(le > bound) || !(value >= reached) || !Number.isInteger(value))
      throw new Error(`bucket ${text} of ${name}`)
    if (exemplar && !(exemplar.value <= le && exemplar.value > bound))
      throw new Error(`exemplar outside ${text}`)
    bound = le
    reached = value
  }
  if (bound !== Number.POSITIVE_INFINITY) throw new Error(`no +Inf bucket: ${name}`)
  if (count !== undefined && count.value !== reached) throw new Error(`count of ${name}`)
  if (dialect === 'openmetrics' && (count === undefined) !== (sum === undefined))
    throw new Error(`_count without _sum`)
}
