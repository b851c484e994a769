/**
 * Cost of reading the facts of LLM streams, per event. Each stream of `test/data/streams` is sent with 1,000 copies of its last
 * delta in the middle, one event a chunk, as models send them:
 *
 * - scanner: finds the events
 * - end: also reads the end of the stream, as for metrics of streams
 * - facts: also reads models, tokens and tool calls, as for metrics of LLM calls and tools
 *
 * CPU nanoseconds per event, median over the rounds. The ratio is that of facts to scanner in the same round.
 *
 *   npm run bench -- stream-facts [rounds] [names that contain this text]
 */

import { STREAM_VECTORS, withCopiesOfDelta } from '../packages/instruments/src/testing/stream-vectors.ts'
import type { Fact } from '../packages/instruments/src/wire/facts.ts'
import { SseScanner } from '../packages/instruments/src/wire/sse-scanner.ts'
import { StreamReader } from '../packages/instruments/src/wire/stream-reader.ts'
import { quantile, sorted } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 41) || 41
const NAMED = process.argv[3] ?? ''
const COPIES = 1_000
const STREAMS = 20

const END: readonly Fact['type'][] = ['end_expected', 'stream_ended']
const FACTS: readonly Fact['type'][] = [
  ...END,
  'api_identified',
  'error_reported',
  'model_served',
  'token_usage',
  'tool_call_requested',
  'generation_finished',
  'response_identified',
]

const READERS: Readonly<Record<string, () => SseScanner>> = {
  scanner: () => new SseScanner(() => {}),
  end: () => scannerOf(END),
  facts: () => scannerOf(FACTS),
}

function scannerOf(wants: readonly Fact['type'][]): SseScanner {
  const reader = new StreamReader({ wants: new Set(wants), onFact: () => {} })
  return new SseScanner((name, data, excerpt) => reader.read(name, data, excerpt), reader.wantsExcerpt)
}

function nanoseconds(make: () => SseScanner, events: readonly string[]): number {
  const before = process.cpuUsage()
  for (let i = 0; i < STREAMS; i++) {
    const scanner = make()
    for (const event of events) scanner.scan(event)
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / (STREAMS * events.length)
}

const median = (values: readonly number[]): number => quantile(sorted(values), 0.5)

const names = Object.keys(READERS)
console.log(['', ...names, 'ratio'].map((text, i) => (i === 0 ? ''.padEnd(24) : text.padStart(8))).join(' '))
for (const { name, text } of STREAM_VECTORS) {
  const events = withCopiesOfDelta(text, COPIES)
  if (events === undefined || !name.includes(NAMED)) continue
  const rounds = Array.from({ length: ROUNDS }, () =>
    Object.values(READERS).map((make) => nanoseconds(make, events)),
  )
  const costs = names.map((_, i) => median(rounds.map((round) => round[i] ?? 0)))
  const ratio = median(rounds.map(([scanner = 1, , facts = 0]) => facts / scanner))
  const columns = [...costs.map((cost) => cost.toFixed(0)), ratio.toFixed(1)]
  console.log(`${name.padEnd(24)} ${columns.map((column) => column.padStart(8)).join(' ')}`)
}
