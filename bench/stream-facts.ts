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
 *   npm run bench -- stream-facts [rounds]
 */

import { STREAM_VECTORS } from '../packages/instruments/src/testing/stream-vectors.ts'
import type { Fact } from '../packages/instruments/src/wire/facts.ts'
import { SseScanner } from '../packages/instruments/src/wire/sse-scanner.ts'
import { StreamReader } from '../packages/instruments/src/wire/stream-reader.ts'
import { quantile, sorted } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 41) || 41
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

/** Matches an event that carries a part of a text, of reasoning, or of the arguments of a tool call. */
const DELTA =
  /^(?:event: \S+delta\n|data: .*"delta":\{"(?:content|refusal|reasoning_content|tool_calls":\[\{"index":\d,"function)|data: .*"text":" )/

/** Returns the events of a stream, with many copies of its last delta; nothing if it has no delta. */
function longStream(text: string): string[] {
  const events = text.split(/(?<=\n\n)/)
  const at = events.findLastIndex(
    (event) => DELTA.test(event) && !/"finish_reason":"|message_delta/.test(event),
  )
  if (at < 0) return []
  const copies = Array<string>(COPIES).fill(events[at] ?? '')
  return [...events.slice(0, at), ...copies, ...events.slice(at)]
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
  const events = longStream(text)
  if (events.length === 0) continue
  const rounds = Array.from({ length: ROUNDS }, () =>
    Object.values(READERS).map((make) => nanoseconds(make, events)),
  )
  const costs = names.map((_, i) => median(rounds.map((round) => round[i] ?? 0)))
  const ratio = median(rounds.map(([scanner = 1, , facts = 0]) => facts / scanner))
  const columns = [...costs.map((cost) => cost.toFixed(0)), ratio.toFixed(1)]
  console.log(`${name.padEnd(24)} ${columns.map((column) => column.padStart(8)).join(' ')}`)
}
