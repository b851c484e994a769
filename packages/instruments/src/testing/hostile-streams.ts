/**
 * Program of a child process: reads hostile streams, and prints for each the most bytes that its scanner retained, by how many
 * bytes the heap has grown while the stream is open, and the number of facts. Needs `--expose-gc`.
 */
import { SseScanner } from '../wire/sse-scanner.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import { ALL_FACTS } from './fact-recorder.ts'

const MEGABYTE = 1_048_576

const first = 'data: {"id":"x","object":"chat.completion.chunk","model":"m","choices":[]}\n\n'

/** The first event of a response, and the beginning of its last one. */
const COMPLETED =
  'event: response.created\ndata: {"response":{"id":"x","model":"m"}}\n\nevent: response.completed\ndata: {"x":"'

const toolCall = (i: number): string =>
  `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":${i},"id":"call_${i}","function":{"name":"f${i}","arguments":""}}]}}]}\n\n`

function* repeated(times: number, chunk: (i: number) => string): Generator<string> {
  for (let i = 0; i < times; i++) yield chunk(i)
}

/** The chunks of each stream. None keeps what it has sent. */
const STREAMS: Readonly<Record<string, () => Iterable<string>>> = {
  'one event of 50 MB': () => repeated(50, (i) => (i === 0 ? COMPLETED : '') + 'a'.repeat(MEGABYTE)),
  '50 MB of escapes': () => repeated(50, (i) => (i === 0 ? COMPLETED : '') + '\\"'.repeat(MEGABYTE / 2)),
  '1 M events without a line end': () =>
    repeated(1000, () => 'data: {"type":"response.output_text.delta"}'.repeat(1000)),
  '1 M data lines without a blank line': () =>
    repeated(1000, () => 'data: {"object":"chat.completion.chunk"}\n'.repeat(1000)),
  '1 M events': () => repeated(1000, (i) => (i === 0 ? first : first.repeat(1000))),
  '10,000 parallel tool calls': () => repeated(10_000, toolCall),
  '10,000 choices': () => repeated(10_000, (i) => toolCall(0).replace('"index":0', `"index":${i}`)),
  '1 M comments and names': () => repeated(1000, (i) => `: ${i}\nevent: n${i}\nid: ${i}\n`.repeat(1000)),
}

const collect = globalThis.gc as () => void

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

/** One stream, with the most bytes that its scanner retained. */
class MeasuredStream {
  facts = 0
  retained = 0
  readonly #scanner: SseScanner

  constructor() {
    const reader = new StreamReader({ wants: new Set(ALL_FACTS), onFact: () => this.facts++ })
    this.#scanner = new SseScanner((...event) => reader.read(...event), reader.wantsExcerpt)
  }

  /** Reads all chunks. A function of its own: the stack frame of a loop keeps its last chunk. */
  scan(chunks: Iterable<string>): void {
    for (const chunk of chunks) {
      this.#scanner.scan(chunk)
      this.retained = Math.max(this.retained, this.#scanner.retainedBytes)
    }
  }
}

function measure(chunks: () => Iterable<string>): object {
  const stream = new MeasuredStream()
  const before = heap()
  stream.scan(chunks())
  return { retained: stream.retained, grown: heap() - before, facts: stream.facts }
}

for (const [name, chunks] of Object.entries(STREAMS)) {
  measure(chunks) // compiles what the stream needs
  console.log(JSON.stringify({ name, ...measure(chunks) }))
}
