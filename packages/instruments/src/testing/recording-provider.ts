import type { Attributes, Context, MeterProvider } from '@opentelemetry/api'
import { createNoopMeter } from '@opentelemetry/api'

/** One call of a synchronous instrument. */
export interface Recorded {
  readonly name: string
  readonly value: number
  readonly attributes: Attributes
  readonly context: Context | undefined
}

/** A provider whose instruments write down what they are told, in order. */
export class RecordingProvider implements MeterProvider {
  readonly calls: Recorded[] = []

  getMeter(): ReturnType<MeterProvider['getMeter']> {
    const create = (name: string) => {
      const record = (value: number, attributes: Attributes = {}, context?: Context): void => {
        this.calls.push({ name, value, attributes, context })
      }
      return { add: record, record }
    }
    return Object.assign(createNoopMeter(), {
      createCounter: create,
      createUpDownCounter: create,
      createHistogram: create,
      createGauge: create,
    })
  }

  /** The sum of everything told to `name`, by attributes printed as `k=v,k=v`. */
  sums(name: string): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const call of this.calls) {
      if (call.name !== name) continue
      const key = Object.entries(call.attributes)
        .map(([k, v]) => `${k}=${v}`)
        .join(',')
      sums[key] = (sums[key] ?? 0) + call.value
    }
    return sums
  }

  /** How often `name` was told something, by attributes printed as `k=v,k=v`. */
  counts(name: string): Record<string, number> {
    const counted = new RecordingProvider()
    counted.calls.push(...this.calls.map((call) => ({ ...call, value: 1 })))
    return counted.sums(name)
  }
}
