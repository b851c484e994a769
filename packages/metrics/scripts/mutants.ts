// Mutation check: plants deliberate faults in a copy of the sources, one at a time, and demands that a test fails for
// each. Run by `npm run mutants -w packages/metrics`; exits 1 if a fault is not caught.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Mutant {
  readonly fault: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const mutants: readonly Mutant[] = [
  {
    fault: 'attribute sets are told apart by the order of their keys',
    file: 'series/attribute-index.ts',
    from: 'return order.flatMap((key) => byKey.get(key) ?? [])',
    to: 'return order.length > 0 ? entries : [...byKey.values()]',
  },
  {
    fault: '1 and "1" are one attribute value',
    file: 'series/attribute-index.ts',
    from: 'const node = this.values?.get(value)',
    to: 'const node = this.values?.get(value) ?? this.values?.get(String(value))',
  },
  {
    fault: 'the limit is one too high',
    file: 'series/attribute-index.ts',
    from: 'return found >= 0 || this.sets.length >= limit ? found',
    to: 'return found >= 0 || this.sets.length > limit ? found',
  },
  {
    fault: 'a bucket excludes its upper bound',
    file: 'series/histogram-cells.ts',
    from: '(bounds[bucket] ?? 0) < value',
    to: '(bounds[bucket] ?? 0) <= value',
  },
  {
    fault: 'a grown table forgets what it held',
    file: 'series/cells.ts',
    from: 'larger.set(cells)',
    to: 'larger.set(cells.subarray(1))',
  },
  {
    fault: 'a delta collection keeps its values',
    file: 'series/sync-stream.ts',
    from: 'if (isDelta) this.#startInterval(endTime)',
    to: 'if (isDelta) this.#intervalStart = endTime',
  },
  {
    fault: 'a cumulative snapshot is not a copy',
    file: 'series/sync-stream.ts',
    from: 'isDelta ? table.cells : table.cells.snapshot()',
    to: 'table.cells',
  },
  {
    fault: 'a bound series holds on to the table of a past interval',
    file: 'series/series-handle.ts',
    from: 'if (stream.interval !== this.#interval) this.#locate()',
    to: 'if (this.#interval < 0) this.#locate()',
  },
  {
    fault: 'a reset of an observed counter is a negative difference',
    file: 'series/observed-stream.ts',
    from: 'this.options.aggregation.isMonotonic === true && value < last',
    to: 'false',
  },
  {
    fault: 'exemplars are taken in unsampled spans',
    file: 'exemplars/sampler.ts',
    from: '(span.traceFlags & TraceFlags.SAMPLED) !== 0 ? context : undefined',
    to: 'span.traceFlags !== undefined ? context : undefined',
  },
  {
    fault: 'the active context wins over the explicit one',
    file: 'exemplars/sampler.ts',
    from: 'explicit ?? this.#activeContext()',
    to: 'this.#activeContext() ?? explicit',
  },
  {
    fault: 'a reservoir keeps the first measurement of a cycle for ever',
    file: 'exemplars/aligned-histogram-reservoir.ts',
    from: 'this.#next[bucket] = Math.floor(seen / (1 - this.#random())) + 1',
    to: 'this.#next[bucket] = Number.POSITIVE_INFINITY',
  },
  {
    fault: 'a new cycle forgets the exemplars before it has better ones',
    file: 'exemplars/fixed-size-reservoir.ts',
    from: 'this.#cells = this.#cells.slice()',
    to: 'this.#cells = []',
  },
  {
    fault: 'both sides of an exponential histogram have their own scale',
    file: 'series/exponential-histogram-cells.ts',
    from: 'state.negative.downscale(change)',
    to: 'if (side === state.negative) state.negative.downscale(change)',
  },
  {
    fault: 'a view counts a measurement once for every view that makes the same stream',
    file: 'collect/stream-plan.ts',
    from: 'return [...plans.values()]',
    to: 'return [...plans.values(), ...plans.values()].slice(0, Math.max(views.length, plans.size))',
  },
  {
    fault: 'a cut value is dropped instead of counted as other',
    file: 'views/attribute-bounds.ts',
    from: 'bounded(value, entry.limit) ?? OTHER',
    to: 'bounded(value, entry.limit) ?? value',
  },
]

const home = join(import.meta.dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'metrics-mutants-'))
cpSync(join(home, 'src'), join(work, 'src'), { recursive: true })
symlinkSync(join(home, '..', '..', 'node_modules'), join(work, 'node_modules'))
writeFileSync(join(work, 'package.json'), '{ "type": "module" }')

function testsPass(): boolean {
  const vitest = join(work, 'node_modules', 'vitest', 'vitest.mjs')
  const run = spawnSync(process.execPath, [vitest, 'run', '--root', work, '--bail', '1', '--reporter', 'dot'])
  return run.status === 0
}

function isCaught({ file, from, to }: Mutant): boolean {
  const path = join(work, 'src', file)
  const source = readFileSync(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file} does not contain exactly once: ${from}`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
  const caught = !testsPass()
  writeFileSync(path, source)
  return caught
}

try {
  if (!testsPass()) throw new Error('the tests fail without a fault')
  let missed = 0
  for (const mutant of mutants) {
    const caught = isCaught(mutant)
    if (!caught) missed += 1
    console.log(`${caught ? 'caught' : 'MISSED'}  ${mutant.fault} (${mutant.file})`)
  }
  console.log(`${mutants.length - missed} of ${mutants.length} faults caught`)
  process.exitCode = missed === 0 ? 0 : 1
} finally {
  rmSync(work, { recursive: true })
}
