import { type Attributes, type Context, createNoopMeter, type MeterProvider } from '@opentelemetry/api'
import type { RecordingProvider } from './recording-provider.ts'

/** Makes calls of the code under test throw, by a repeating pattern. */
export class Faults {
  readonly #pattern: readonly boolean[]
  #at = 0
  isOn = true
  /** Number of calls that have thrown. */
  thrown = 0

  constructor(pattern: readonly boolean[]) {
    this.#pattern = pattern
  }

  /** Throws if the pattern has a fault for this call. */
  readonly meet = (): void => {
    if (!this.isOn || this.#pattern.length === 0) return
    const isDue = this.#pattern[this.#at++ % this.#pattern.length] === true
    if (!isDue) return
    this.thrown++
    throw new Error('fault')
  }

  /** Returns a function that may throw before it calls `run`. */
  before<Args extends unknown[], Result>(run: (...args: Args) => Result): (...args: Args) => Result {
    return (...args) => {
      this.meet()
      return run(...args)
    }
  }

  /** Returns a proxy whose methods may throw before they do anything. */
  beforeAll<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key, of)
        return typeof value === 'function' ? this.before(value.bind(of)) : value
      },
    })
  }
}

/** Returns a provider whose instruments and bound series may throw before they record, except those named `reliable`. */
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
