import type { FamilyType } from '../family.ts'
import type { Dialect } from './dialect.ts'

type Suffixes = Readonly<Partial<Record<FamilyType, readonly string[]>>>

const TEXT: Suffixes = {
  counter: [''],
  gauge: [''],
  unknown: [''],
  histogram: ['_bucket', '_count', '_sum'],
  summary: ['', '_count', '_sum'],
}

const OPEN_METRICS: Suffixes = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  info: ['_info'],
  stateset: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
}

/** Returns the suffixes that sample names of a family have, or `undefined` if the format does not have the type. */
export function suffixesOf(type: FamilyType, dialect: Dialect): readonly string[] | undefined {
  return (dialect === 'text' ? TEXT : OPEN_METRICS)[type]
}

/** Returns the type that a TYPE line names, or `undefined`. */
export function familyType(word: string, dialect: Dialect): FamilyType | undefined {
  if (dialect === 'text' && word === 'untyped') return 'unknown'
  if (dialect === 'text' && word === 'unknown') return undefined
  const types = dialect === 'text' ? TEXT : OPEN_METRICS
  return Object.hasOwn(types, word) ? (word as FamilyType) : undefined
}
