import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import { type CollectingReader, readerOf } from '../testing/collecting-reader.ts'
import { type Program, program } from '../testing/differential-program.ts'
import { normalisePair } from '../testing/normalise.ts'
import { PushDecoder } from '../testing/push-decoder.ts'
import { runProgram } from '../testing/run-program.ts'
import { PushEncoder } from './push-encoder.ts'
import { MemberMessageValidator } from './validate-member-message.ts'

/** Space that a channel needs for the envelope of a message. */
const ENVELOPE_BYTES = 200

const START = 1_700_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** A provider whose changes are pushed to a decoder. */
class PushedProvider {
  readonly #tracker = new ChangeTracker()
  readonly #encoder: PushEncoder
  readonly #maxBytes: number
  #decoder = new PushDecoder()
  #validator = new MemberMessageValidator()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#encoder = new PushEncoder(this.#tracker, { maxBytes })
  }

  track(provider: MeterProvider): void {
    provider.trackChanges(this.#tracker)
  }

  push(exemplars: boolean): void {
    for (const push of this.#encoder.takePushes({ exemplars })) {
      const bytes = Buffer.byteLength(JSON.stringify(push)) + ENVELOPE_BYTES
      expect(bytes).toBeLessThanOrEqual(this.#maxBytes)
      this.#validator.validate(JSON.stringify(push))
      this.#decoder.apply(push)
    }
    expect(this.#encoder.dropped).toBe(0)
  }

  reconnect(): void {
    this.#decoder = new PushDecoder()
    this.#validator = new MemberMessageValidator()
    this.#encoder.reset()
  }

  async collect(): Promise<ResourceMetrics> {
    await this.#tracker.observe()
    this.push(true)
    return this.#decoder.collect(Date.now())
  }
}

function readerWithLimit(limit: number | undefined): CollectingReader {
  return readerOf('cumulative', limit === undefined ? {} : { cardinalitySelector: () => limit })
}

/** Descriptions can change after the first push. */
function withoutDescriptions(metrics: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = metrics.scopeMetrics.map(({ scope, metrics: ofScope }) => ({
    scope,
    metrics: ofScope.map((metric) => ({ ...metric, descriptor: { ...metric.descriptor, description: '' } })),
  }))
  return { ...metrics, scopeMetrics }
}

function expectSame(expected: ResourceMetrics, actual: ResourceMetrics): void {
  const [stock, ours] = normalisePair(withoutDescriptions(expected), withoutDescriptions(actual))
  expect(ours).toEqual(stock)
}

/** What happens at the waits of a program, in turn. */
const events = fc.array(fc.constantFrom('push', 'push with exemplars', 'reconnect', 'nothing'), {
  minLength: 1,
  maxLength: 5,
})
/** From the size at which each series of the programs fits into a message. */
const maxBytes = fc.constantFrom(3_000, 8_000, 65_536)

/** Runs a program; returns what a cumulative reader collects at the end and what was pushed. */
async function run(
  generated: Program,
  settings: { maxBytes: number; events: readonly string[]; attachAt: number; hasReader: boolean },
): Promise<{ collected: ResourceMetrics; pushed: ResourceMetrics }> {
  vi.setSystemTime(START)
  const pushed = new PushedProvider(settings.maxBytes)
  const reader = readerWithLimit(generated.limit)
  const opened: MeterProvider[] = []
  let waits = 0
  const attach = () => {
    if (opened[0] !== undefined) pushed.track(opened[0])
  }
  await runProgram(
    generated,
    ({ readers, views }) => {
      const all = settings.hasReader ? [...readers, reader] : readers
      const provider = new MeterProvider({ views, readers: all, now: Date.now, exemplarFilter: 'always_on' })
      opened.push(provider)
      if (settings.attachAt === 0) attach()
      return provider
    },
    generated.limit,
    (millis) => {
      vi.setSystemTime(Date.now() + millis)
      waits += 1
      if (waits === settings.attachAt) attach()
      const event = settings.events[waits % settings.events.length] ?? 'nothing'
      if (event === 'reconnect') pushed.reconnect()
      else if (event !== 'nothing') pushed.push(event === 'push with exemplars')
    },
  )
  if (settings.attachAt > waits) attach()
  return {
    pushed: await pushed.collect(),
    collected: settings.hasReader ? (await reader.collect()).resourceMetrics : emptyMetrics,
  }
}

const emptyMetrics: ResourceMetrics = { resource: undefined, scopeMetrics: [] } as never

it('pushes exactly what a cumulative reader collects, with a tracker added at any time', async () => {
  await fc.assert(
    fc.asyncProperty(program, events, maxBytes, fc.nat(4), async (generated, ...settings) => {
      const [ofWaits, bytes, attachAt] = settings
      const options = { maxBytes: bytes, events: ofWaits, attachAt, hasReader: true }
      const { collected, pushed } = await run(generated, options)
      expectSame(collected, pushed)
    }),
    { numRuns: 500 },
  )
})

it('pushes the same whether or not the provider has a cumulative reader', async () => {
  await fc.assert(
    fc.asyncProperty(program, events, maxBytes, async (generated, ofWaits, bytes) => {
      const options = { maxBytes: bytes, events: ofWaits, attachAt: 0 }
      const { collected } = await run(generated, { ...options, hasReader: true })
      const { pushed } = await run(generated, { ...options, hasReader: false })
      expectSame(collected, pushed)
    }),
    { numRuns: 300 },
  )
})
