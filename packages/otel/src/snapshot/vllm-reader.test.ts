import { readFileSync } from 'node:fs'
import type { CollectedFamily } from '@vr/otel-exporters'
import { expect, it } from 'vitest'
import { familiesOf } from '../testing/collected-families.ts'
import { composeSnapshot } from './compose-snapshot.ts'
import type { MetricSnapshot } from './metric-snapshot.ts'

interface RecordedCase {
  readonly case: string
  readonly exposition: string
  readonly snapshot: readonly MetricSnapshot[] | null
}

const DATA = new URL('../../../../test/data/vllm-reader/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, DATA), 'utf8')
const cases = JSON.parse(read('cases.json')) as readonly RecordedCase[]
const differences = JSON.parse(read('differences.json')) as readonly {
  /** Name of the case, or */
  readonly case?: string
  /** name of a family of the engine. */
  readonly engine?: string
  readonly reason: string
  readonly snapshot: readonly MetricSnapshot[]
}[]

/** The numbers that JSON does not have, as the recording of vLLM spells them. */
const RECORDED_NUMBERS: Readonly<Record<string, number>> = { NaN: Number.NaN, inf: Number.POSITIVE_INFINITY }

/** Sorted by name and labels: vLLM's order of labels is random. */
function sorted(snapshot: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
  const key = ({ name, labels }: MetricSnapshot): string =>
    JSON.stringify([name, Object.entries(labels).sort()])
  return snapshot.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

const recorded = (snapshot: readonly MetricSnapshot[]): readonly MetricSnapshot[] =>
  sorted(
    snapshot.map((metric) =>
      'value' in metric ? { ...metric, value: RECORDED_NUMBERS[metric.value] ?? metric.value } : metric,
    ),
  )

const ours = (families: readonly CollectedFamily[]): readonly MetricSnapshot[] =>
  sorted(composeSnapshot(families, { prefixes: ['vllm:'] }))

it.each(cases)('gives the objects of vLLM: $case', async ({ case: name, exposition, snapshot }) => {
  const difference = differences.find((one) => one.case === name)
  const families = await familiesOf(exposition)
  const expected = difference?.snapshot ?? recorded(snapshot ?? [])
  expect(ours(families)).toEqual(expected)
  if (difference !== undefined) expect(expected).not.toEqual(recorded(snapshot ?? []))
})

it('gives the objects of vLLM for a whole engine', async () => {
  const theirs = JSON.parse(read('engine-snapshot.json')) as MetricSnapshot[]
  const different = differences.flatMap(({ engine, snapshot }) => (engine === undefined ? [] : snapshot))
  const names = new Set(different.map(({ name }) => name))
  const equal = theirs.filter(({ name }) => !names.has(name))
  expect(equal).toHaveLength(54)
  expect(ours(await familiesOf(read('engine.prom')))).toEqual(recorded([...equal, ...different]))
})

it('every listed difference belongs to a case or a family, and has a reason', () => {
  const names = new Set([...cases.map((one) => one.case), 'vllm:lora_requests_info'])
  const unknown = differences.filter((one) => !names.has(one.case ?? one.engine ?? '') || one.reason === '')
  expect(unknown).toEqual([])
})
