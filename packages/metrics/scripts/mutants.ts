/**
 * Mutation test: introduces faults into a copy of the sources, one at a time, and runs the tests for each.
 *
 *   npm run mutants -w packages/metrics [-- part of a fault's description]
 *
 * Exits with code 1 if the tests pass with a fault (the mutant survives).
 */
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
    fault: 'attribute sets with different key order are different',
    file: 'series/attribute-index.ts',
    from: 'return order.flatMap((key) => byKey.get(key) ?? [])',
    to: 'return order.length > 0 ? entries : [...byKey.values()]',
  },
  {
    fault: 'the attribute values 1 and "1" are equal',
    file: 'series/attribute-index.ts',
    from: 'const node = this.values?.get(value)',
    to: 'const node = this.values?.get(value) ?? this.values?.get(String(value))',
  },
  {
    fault: 'the cardinality limit is one too high',
    file: 'series/attribute-index.ts',
    from: 'return found >= 0 || this.sets.length >= limit ? found',
    to: 'return found >= 0 || this.sets.length > limit ? found',
  },
  {
    fault: 'a bucket excludes its upper bound',
    file: 'series/histogram-storage.ts',
    from: '(bounds[bucket] ?? 0) < value',
    to: '(bounds[bucket] ?? 0) <= value',
  },
  {
    fault: 'growing the storage loses values',
    file: 'series/aggregation-storage.ts',
    from: 'larger.set(numbers)',
    to: 'larger.set(numbers.subarray(1))',
  },
  {
    fault: 'a delta collection does not reset the values',
    file: 'series/sync-stream.ts',
    from: 'if (isDelta) this.#startInterval(endTime)',
    to: 'if (isDelta) this.#intervalStart = endTime',
  },
  {
    fault: 'a cumulative snapshot is not a copy',
    file: 'series/sync-stream.ts',
    from: 'isDelta ? table.storage : table.storage.snapshot()',
    to: 'table.storage',
  },
  {
    fault: 'a bound handle keeps the slot of a past interval',
    file: 'series/series-handle.ts',
    from: 'if (stream.interval !== this.#interval) this.#locate()',
    to: 'if (this.#interval < 0) this.#locate()',
  },
  {
    fault: 'a reset of an observed counter gives a negative delta',
    file: 'series/observed-stream.ts',
    from: 'this.options.aggregation.isMonotonic === true && value < previousValue',
    to: 'false',
  },
  {
    fault: 'unsampled spans give exemplars',
    file: 'exemplars/sampled-span.ts',
    from: 'span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0',
    to: 'span === undefined',
  },
  {
    fault: 'the active context takes precedence over the explicit one',
    file: 'exemplars/sampler.ts',
    from: 'explicit ?? this.#activeContext()',
    to: 'this.#activeContext() ?? explicit',
  },
  {
    fault: 'a reservoir always keeps the first measurement of a cycle',
    file: 'exemplars/aligned-histogram-reservoir.ts',
    from: 'this.#next[bucket] = Math.floor(count / (1 - this.#random())) + 1',
    to: 'this.#next[bucket] = Number.POSITIVE_INFINITY',
  },
  {
    fault: 'a new cycle drops the exemplars that it does not replace',
    file: 'exemplars/fixed-size-reservoir.ts',
    from: 'this.#cells = this.#cells.slice()',
    to: 'this.#cells = []',
  },
  {
    fault: 'the two sides of an exponential histogram have different scales',
    file: 'series/exponential-histogram-storage.ts',
    from: 'state.negative.downscale(change)',
    to: 'if (side === state.negative) state.negative.downscale(change)',
  },
  {
    fault: 'two views with the same stream count a measurement twice',
    file: 'collect/stream-plan.ts',
    from: 'return [...plans.values()]',
    to: 'return [...plans.values(), ...plans.values()].slice(0, Math.max(views.length, plans.size))',
  },
  {
    fault: 'a value outside its bound is kept',
    file: 'views/attribute-bounds.ts',
    from: 'limitValue(value, limit) ?? OTHER',
    to: 'limitValue(value, limit) ?? value',
  },
]

const home = join(import.meta.dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'metrics-mutants-'))
cpSync(join(home, 'src'), join(work, 'src'), { recursive: true })
symlinkSync(join(home, '..', '..', 'node_modules'), join(work, 'node_modules'))
writeFileSync(join(work, 'package.json'), '{ "type": "module" }')

function testsPass(): boolean {
  const vitest = join(work, 'node_modules', 'vitest', 'vitest.mjs')
  const run = spawnSync(process.execPath, [
    vitest,
    'run',
    '--root',
    work,
    '--bail',
    '1',
    '--reporter',
    'dot',
    '--testTimeout',
    '60000',
  ])
  return run.status === 0
}

function isKilled({ file, from, to }: Mutant): boolean {
  const path = join(work, 'src', file)
  const source = readFileSync(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file} must contain exactly once: ${from}`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
  const killed = !testsPass()
  writeFileSync(path, source)
  return killed
}

try {
  if (!testsPass()) throw new Error('the tests fail without a fault')
  const [filter = ''] = process.argv.slice(2)
  const selected = mutants.filter(({ fault }) => fault.includes(filter))
  let survived = 0
  for (const mutant of selected) {
    const killed = isKilled(mutant)
    if (!killed) survived += 1
    console.log(`${killed ? 'killed  ' : 'SURVIVED'}  ${mutant.fault} (${mutant.file})`)
  }
  console.log(`${selected.length - survived} of ${selected.length} mutants killed`)
  process.exitCode = survived === 0 ? 0 : 1
} finally {
  rmSync(work, { recursive: true })
}
