import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import { exponential } from '../testing/open-meter.ts'
import { valuesOf } from '../testing/values-of.ts'
import { MergedMetrics } from './merged-metrics.ts'
import { PushEncoder } from './push-encoder.ts'
import { MemberMessageValidator } from './validate-member-message.ts'

/** Metrics of a process, and the store that it pushes to. */
function open() {
  const tracker = new ChangeTracker()
  const provider = new MeterProvider({
    readers: [],
    views: [{ instrumentName: 'sizes', aggregation: exponential }],
  })
  provider.trackChanges(tracker)
  const meter = provider.getMeter('test')
  const instruments = [
    meter.createCounter('requests'),
    meter.createHistogram('latency', { advice: { explicitBucketBoundaries: [1, 2, 3] } }),
    meter.createHistogram('sizes'),
  ] as const
  const inFlight = meter.createUpDownCounter('in_flight')
  let observed = 0
  meter.createObservableCounter('observed').addCallback((result) => result.observe(observed))
  const encoder = new PushEncoder(tracker)
  const store = new MergedMetrics()
  let validator = new MemberMessageValidator()
  return {
    encoder,
    store,
    record({ instrument, route, value }: Measurement): void {
      const attributes = { route: `/${route}` }
      const target = instruments[instrument]
      if (target === undefined) {
        inFlight.add(value - 8, attributes)
        observed += value
      } else if ('add' in target) target.add(value, attributes)
      else target.record(value, attributes)
    },
    push(source: string): void {
      tracker.observeSync()
      for (const push of encoder.takePushes()) {
        validator.validate(JSON.stringify(push))
        store.apply(source, push)
      }
    },
    /** Starts a new connection. */
    connect(source: string): void {
      validator = new MemberMessageValidator()
      store.open(source, '')
    },
  }
}

interface Measurement {
  readonly instrument: number
  readonly route: number
  readonly value: number
}

const measurements = fc.array(
  fc.record<Measurement>({
    instrument: fc.nat(3),
    route: fc.nat(2),
    value: fc.integer({ min: 1, max: 2_000 }).map((n) => n / 8),
  }),
  { maxLength: 20 },
)

describe('a source whose base is subtracted', () => {
  it('continues a folded source: together they have the values of one source', async () => {
    await fc.assert(
      fc.asyncProperty(measurements, fc.array(measurements, { maxLength: 4 }), async (before, after) => {
        const [renamed, plain] = [open(), open()]
        const all = [before, ...after]
        for (const [index, part] of all.entries()) {
          for (const process of [renamed, plain]) {
            process.connect(`source ${process === renamed ? index : 0}`)
            if (index > 0 && process === renamed) process.encoder.rebase()
            else if (index > 0) process.encoder.reset()
            for (const [position, measurement] of part.entries()) {
              process.record(measurement)
              if (position % 5 === 0) process.push(`source ${process === renamed ? index : 0}`)
            }
            process.push(`source ${process === renamed ? index : 0}`)
          }
          if (index < after.length) renamed.store.fold(`source ${index}`)
        }
        expect(await valuesOf(renamed.store)).toEqual(await valuesOf(plain.store))
      }),
      { numRuns: 60 },
    )
  })

  it('does not contain what was counted and not pushed before', async () => {
    const process = open()
    process.connect('a')
    process.record({ instrument: 0, route: 0, value: 3 })
    process.push('a')
    process.record({ instrument: 0, route: 0, value: 4 })
    process.store.fold('a')
    process.connect('b')
    process.encoder.rebase()
    process.record({ instrument: 0, route: 0, value: 5 })
    process.push('b')
    expect(await valuesOf(process.store)).toMatchObject({ 'requests {"route":"/0"}': 8 })
  })
})
