import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

const PROGRAM = new URL('../testing/hostile-streams.ts', import.meta.url)

/** The number of facts: of the first event, and of each tool call. Calls of further choices are not reported. */
const FACTS: Readonly<Record<string, number>> = {
  'one event of 50 MB': 4,
  '50 MB of escapes': 4,
  '1 M events without a line end': 0,
  '1 M data lines without a blank line': 0,
  '1 M events': 4,
  '10,000 parallel tool calls': 10_003,
  '10,000 choices': 1003,
  '1 M comments and names': 0,
}

it('the reader of a hostile stream holds at most 256 kB', { timeout: 120_000 }, () => {
  const lines = execFileSync(process.execPath, ['--expose-gc', PROGRAM.pathname], { encoding: 'utf8' })
  const streams: { name: string; retained: number; grown: number; facts: number }[] = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(Object.fromEntries(streams.map(({ name, facts }) => [name, facts]))).toEqual(FACTS)
  for (const { name, retained, grown } of streams) {
    expect(retained, name).toBeLessThanOrEqual(262_144)
    expect(grown, name).toBeLessThanOrEqual(262_144)
  }
})
