import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { SseScanner } from './sse-scanner.ts'
import { copyOf } from './values.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function usedHeap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

it.each<[string, string[]]>([
  ['a line', ['data: {"text":"the beginning of a token']],
  ['a name', ['event: response.output_text.delta\n']],
  ['a name and data', ['event: response.output_text.delta\ndata: {"text":"a token"}\n']],
  ['a long line', [`data: {"text":"${'token '.repeat(300)}`]],
  ['a line in two chunks', ['data: {"text":"the beginning of', ' a long token']],
  ['data of one chunk and a line of the next', ['data: {"text":"a token"}\n', ': a comment that has no end']],
])('a scanner does not keep the chunk that ends inside an event: %s', (_what, ends) => {
  const scanners: SseScanner[] = []
  const before = usedHeap()
  for (let i = 0; i < 50; i++) {
    const scanner = new SseScanner(() => {})
    for (const [at, end] of ends.entries())
      scanner.scan(at === 0 ? `${'data: 1\n\n'.repeat(100_000)}${end}` : end)
    scanners.push(scanner)
  }
  const kept = usedHeap() - before
  expect(scanners.map(({ retainedBytes }) => retainedBytes > 0)).not.toContain(false)
  expect(kept).toBeLessThan(50 * 100_000)
})

it.each(['', 'a', 'é日\u{1F600}', '\ud800', 'a"\\\n\u0000'])('copies any text: %j', (text) => {
  expect(copyOf(text)).toBe(text)
})
