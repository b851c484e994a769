/**
 * Time to read the facts of one JSON body when it is complete: bodies of models, and bodies that are made to be slow.
 * Milliseconds: the first time in the process, and the least of the rounds.
 *
 *   npm run bench -- json-bodies [rounds]
 */
import { JsonBody } from '../packages/instruments/src/wire/json-body.ts'

const ROUNDS = Number(process.argv[2] ?? 21) || 21
const UNITS = 300_000

const BODIES: Readonly<Record<string, string>> = {
  '2 MB of messages': JSON.stringify({ model: 'm', messages: ['hello, "world"\n '.repeat(120_000)] }),
  '300,000 [': '['.repeat(UNITS),
  '300,000 "': '"'.repeat(UNITS),
  '300,000 escapes': `{"x":"${'\\"'.repeat(UNITS)}"}`,
  '60,000 members': `{${Array.from({ length: UNITS / 5 }, (_, i) => `"${i}":1`).join()}}`,
}

const wants = new Set(['model_requested', 'model_served', 'tool_offered', 'token_usage'] as const)

function milliseconds(kind: 'request' | 'response', bytes: Uint8Array): number {
  const body = new JsonBody(kind, { wants, onFact: () => {} })
  body.append(bytes)
  const before = performance.now()
  body.end()
  return performance.now() - before
}

console.log(`${''.padEnd(28)} ${'first'.padStart(8)} ${'least'.padStart(8)}`)
for (const [name, text] of Object.entries(BODIES)) {
  const bytes = new TextEncoder().encode(text)
  for (const kind of ['request', 'response'] as const) {
    const [first = 0, ...others] = Array.from({ length: ROUNDS }, () => milliseconds(kind, bytes))
    const columns = [first, Math.min(...others)].map((value) => value.toFixed(2).padStart(8))
    console.log(`${`${kind}, ${name}`.padEnd(28)} ${columns.join(' ')}`)
  }
}
