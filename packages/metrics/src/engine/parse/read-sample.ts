import type { FamilyExemplar, Labels } from '../family.ts'
import type { LineScanner } from './line-scanner.ts'
import { readNumber } from './read-number.ts'

/** Name and value of a label. */
export type Label = readonly [name: string, value: string]

/** A line with a value. */
export interface Sample {
  readonly name: string
  readonly labels: readonly Label[]
  readonly value: number
  readonly exemplar: FamilyExemplar | undefined
  readonly line: number
}

/** Code points that the labels of an exemplar may have together (OpenMetrics 1.0, "Exemplars"). */
const MAX_EXEMPLAR_LENGTH = 128

/** Reads the rest of a line as a sample. Its timestamp is validated and dropped. */
export function readSample(scanner: LineScanner, maxLabels: number): Sample {
  const bare = scanner.at('{') ? undefined : scanner.metricName()
  scanner.skipBlanks()
  const { labels, name: quoted } = scanner.at('{') ? readLabels(scanner, maxLabels) : NO_LABELS
  if (bare !== undefined && quoted !== undefined) scanner.fail('a sample has two names')
  const name = bare ?? quoted
  if (name === undefined || name === '') scanner.fail('a sample has no name')
  if (scanner.dialect === 'openmetrics') scanner.separator()
  else scanner.skipBlanks()
  const value = number(scanner, 'value')
  const exemplar = readTail(scanner, maxLabels)
  scanner.end()
  return { name, labels, value, exemplar, line: scanner.number }
}

const NO_LABELS: LabelSet = { labels: [], name: undefined }

interface LabelSet {
  readonly labels: readonly Label[]
  /** The quoted name of the metric. */
  readonly name: string | undefined
}

function readLabels(scanner: LineScanner, maxLabels: number): LabelSet {
  const labels: Label[] = []
  let name: string | undefined
  scanner.expect('{')
  scanner.skipBlanks()
  while (!scanner.skip('}')) {
    const isQuoted = scanner.at('"')
    const key = isQuoted ? scanner.quoted() : scanner.labelName()
    scanner.skipBlanks()
    if (isQuoted && !scanner.at('=')) {
      if (name !== undefined) scanner.fail('a sample has two names')
      name = key
    } else {
      scanner.expect('=')
      scanner.skipBlanks()
      addLabel(scanner, labels, key, maxLabels)
    }
    readComma(scanner)
  }
  return { labels, name }
}

function addLabel(scanner: LineScanner, labels: Label[], name: string, maxLabels: number): void {
  if (name === '' || name.startsWith('__')) scanner.fail('a label name is empty or starts with __')
  if (labels.some(([other]) => other === name)) scanner.fail(`the label ${name} occurs twice`)
  if (labels.length === maxLabels) scanner.exceed(`a series has more than ${maxLabels} labels`)
  labels.push([name, scanner.quoted()])
}

/** Reads the comma between two labels. The text format allows one after the last label. */
function readComma(scanner: LineScanner): void {
  scanner.skipBlanks()
  if (scanner.at('}')) return
  scanner.expect(',')
  if (scanner.at('}') && scanner.dialect === 'openmetrics') scanner.fail('a comma after the last label')
  scanner.skipBlanks()
}

/** Reads what follows the value: a timestamp, and in OpenMetrics an exemplar. */
function readTail(scanner: LineScanner, maxLabels: number): FamilyExemplar | undefined {
  if (scanner.dialect === 'text') {
    scanner.skipBlanks()
    if (!scanner.atEnd && !/^-?\d+$/.test(scanner.word())) scanner.fail('invalid timestamp')
    return undefined
  }
  if (scanner.atEnd) return undefined
  scanner.separator()
  if (!scanner.at('#')) {
    readTimestamp(scanner)
    if (scanner.atEnd) return undefined
    scanner.separator()
  }
  scanner.expect('# ')
  return readExemplar(scanner, maxLabels)
}

function readExemplar(scanner: LineScanner, maxLabels: number): FamilyExemplar {
  const { labels, name } = readLabels(scanner, maxLabels)
  if (name !== undefined) scanner.fail('an exemplar has a metric name')
  let length = 0
  for (const label of labels) for (const text of label) length += [...text].length
  if (length > MAX_EXEMPLAR_LENGTH) scanner.fail(`an exemplar exceeds ${MAX_EXEMPLAR_LENGTH} characters`)
  scanner.separator()
  const value = number(scanner, 'value of an exemplar')
  if (scanner.atEnd) return { labels: toRecord(labels), value }
  scanner.separator()
  return { labels: toRecord(labels), value, timestamp: readTimestamp(scanner) }
}

function readTimestamp(scanner: LineScanner): number {
  const seconds = number(scanner, 'timestamp')
  if (!Number.isFinite(seconds)) scanner.fail('invalid timestamp')
  return seconds
}

function number(scanner: LineScanner, what: string): number {
  return readNumber(scanner.word()) ?? scanner.fail(`invalid ${what}`)
}

/** Returns labels as a record, in their order. */
export function toRecord(labels: readonly Label[]): Labels {
  const record: Record<string, string> = {}
  for (const [name, value] of labels) record[name] = value
  return record
}
