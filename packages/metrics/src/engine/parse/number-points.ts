import type { FamilyExemplar, NumberFamily, NumberPoint } from '../family.ts'
import type { Dialect } from './dialect.ts'
import { refuse } from './exposition-error.ts'
import type { PointBuilder } from './point-builder.ts'
import type { Sample } from './read-sample.ts'
import { type Draft, SeriesDrafts, setOnce } from './series-drafts.ts'

interface NumberDraft extends Draft {
  value: number | undefined
  created: number | undefined
  exemplar: FamilyExemplar | undefined
}

/** Collects the points of a family with one value per series. */
export class NumberPoints implements PointBuilder {
  readonly #type: NumberFamily['type']
  readonly #name: string
  readonly #drafts: SeriesDrafts<NumberDraft>

  /** @param name name of the family */
  constructor(type: NumberFamily['type'], name: string, dialect: Dialect) {
    this.#type = type
    this.#name = name
    this.#drafts = new SeriesDrafts(dialect, undefined, ({ labels, line }) => ({
      labels,
      line,
      value: undefined,
      created: undefined,
      exemplar: undefined,
    }))
  }

  add(suffix: string, sample: Sample): void {
    const draft = this.#drafts.of(sample)
    if (suffix === '_created') {
      setOnce(draft, 'created', sample)
      return
    }
    const { value, exemplar, line } = sample
    if (draft.value !== undefined) refuse('a series occurs twice', line)
    if (exemplar !== undefined && this.#type !== 'counter') refuse('the sample cannot have an exemplar', line)
    this.#checkValue(sample)
    draft.value = value
    draft.exemplar = exemplar
  }

  points(): Generator<void, NumberPoint[]> {
    return this.#drafts.build(({ labels, value, created, exemplar, line }) => ({
      labels,
      value: value ?? refuse('a counter has no _total sample', line),
      ...(created !== undefined && { created }),
      ...(exemplar !== undefined && { exemplar }),
    }))
  }

  /** Checks the value against the type (OpenMetrics 1.0, "Metric Types"). */
  #checkValue({ labels, value, line }: Sample): void {
    if (this.#type === 'counter' && !(value >= 0)) refuse('the value of a counter is negative or NaN', line)
    if (this.#type === 'info' && value !== 1) refuse('the value of an info is not 1', line)
    if (this.#type !== 'stateset') return
    if (value !== 0 && value !== 1) refuse('the value of a state is neither 0 nor 1', line)
    if (!labels.some(([name]) => name === this.#name)) refuse(`a state has no label ${this.#name}`, line)
  }
}
