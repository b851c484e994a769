import { type Attributes, type Context, createNoopMeter, type MeterProvider } from '@opentelemetry/api'
import type { RecordingProvider } from './recording-provider.ts'

/** Decides which calls of what is under test throw: by a pattern that repeats, while it is on. */
export class Faults {
  readonly #pattern: readonly boolean[]
  #at = 0
  isOn = true
  /** How many calls have thrown. */
  thrown = 0

  constructor(pattern: readonly boolean[]) {
    this.#pattern = pattern
  }

  /** Throws if it is this call's turn. */
  readonly meet = (): void => {
    if (!this.isOn || this.#pattern.length === 0) return
    const isDue = this.#pattern[this.#at++ % this.#pattern.length] === true
    if (!isDue) return
    this.thrown++
    throw new Error('fault')
  }

  /** Makes a function that may throw before it does anything. */
  before<Args extends unknown[], Result>(run: (...args: Args) => Result): (...args: Args) => Result {
    return (...args) => {
      this.meet()
      return run(...args)
    }
  }

  /** Makes every method of an object that is a function one that may throw before it does anything. */
  beforeAll<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key, of)
        return typeof value === 'function' ? this.before(value.bind(of)) : value
      },
    })
  }
}

/** A provider whose instruments, and their bound series, throw before they record; except those named `reliable`. */
export function failingProvider(
  { calls }: RecordingProvider,
  faults: Faults,
  reliable: readonly string[],
): MeterProvider {
  const create = (name: string) => {
    const meet = reliable.includes(name) ? () => {} : faults.meet
    const record = (value: number, attributes: Attributes = {}, context?: Context): void => {
      meet()
      calls.push({ name, value, attributes, context })
    }
    const bind = (attributes: Attributes) => {
      meet()
      const recordBound = (value: number, context?: Context): void => record(value, attributes, context)
      return { add: recordBound, record: recordBound }
    }
    return { add: record, record, bind }
  }
  const meter = Object.assign(createNoopMeter(), {
    createCounter: create,
    createUpDownCounter: create,
    createHistogram: create,
  })
  return { getMeter: () => meter }
}
