/**
 * `npm run test:backends`: checks the example gateway with real backends on loopback. Builds backends that are not in the
 * cache, which takes minutes; `prepare.ts` does it in the background. `--all` includes the Collector and Tempo, which take
 * longer; without it, they are used only if they are built already. `--only TEXT` runs the cases whose name contains the text.
 * Backends that this machine cannot build are skipped by name. The npm script builds the packages first. Ends with `N passed, N failed, N skipped`.
 */
import { parseArgs } from 'node:util'
import { withTimeout } from '../../packages/metrics/src/with-timeout.ts'
import { Checks } from '../packed/checks.ts'
import { build } from './build/build.ts'
import { isBuilt } from './build/cache.ts'
import { messageOf, Unavailable } from './build/prepared-build.ts'
import { ALWAYS, type BackendName, RECIPES } from './build/recipe.ts'
import type { Case } from './cases/case.ts'
import { clusterCases } from './cases/cluster.ts'
import { engineCases } from './cases/engine.ts'
import { enginePushCases } from './cases/engine-pushes.ts'
import { exemplarCases } from './cases/exemplars.ts'
import { LINT_CASES } from './cases/lint.ts'
import { loadCases } from './cases/loads.ts'
import { nameCase } from './cases/names.ts'
import { pushCases, pushedToPrometheus } from './cases/pushes.ts'
import { queueShareCases } from './cases/queue-share.ts'
import { realtimeCases } from './cases/realtime.ts'
import { scrapeCases } from './cases/scrapes.ts'
import { SETTINGS_CASES } from './cases/settings.ts'
import { traceCases } from './cases/traces.ts'
import { Stage } from './stage.ts'

/** Time limit of one case, in milliseconds; most take less than ten seconds. */
const CASE_LIMIT_MS = 300_000

const CASES: readonly Case[] = [
  ...traceCases('jaeger', 'Jaeger'),
  ...scrapeCases('prometheus', 'Prometheus 3'),
  ...exemplarCases('prometheus', 'Prometheus 3'),
  nameCase('prometheus', 'Prometheus 3', '{"tokens.użyte_total","model.name"="m \\"1\\""}'),
  pushedToPrometheus('prometheus', 'Prometheus 3'),
  ...scrapeCases('prometheus2', 'Prometheus 2.42'),
  ...exemplarCases('prometheus2', 'Prometheus 2.42'),
  nameCase('prometheus2', 'Prometheus 2.42', 'tokens_u_yte_total{model_name="m \\"1\\""}'),
  ...pushCases('jaeger', 'Jaeger'),
  ...loadCases('jaeger', 'Jaeger'),
  ...realtimeCases('prometheus', 'Prometheus 3'),
  ...clusterCases('prometheus', 'Prometheus 3'),
  ...engineCases('prometheus', 'Prometheus 3'),
  ...enginePushCases('jaeger', 'Jaeger'),
  ...queueShareCases('prometheus', 'Prometheus 3'),
  ...LINT_CASES,
  ...SETTINGS_CASES,
  ...traceCases('collector', 'Collector'),
  ...pushCases('collector', 'Collector'),
  ...enginePushCases('collector', 'Collector'),
  ...traceCases('tempo', 'Tempo'),
  ...loadCases('tempo', 'Tempo'),
]

// Telemetry settings of the developer must not reach the gateway.
for (const key of Object.keys(process.env)) if (/^(VR|OTEL)_/.test(key)) delete process.env[key]

const everything = Object.keys(RECIPES) as BackendName[]
const { values: options } = parseArgs({
  options: { all: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
})
const isAll = options.all
const requested = everything.filter((name) => isAll || ALWAYS.includes(name) || isBuilt(RECIPES[name]))
const built = await build(requested, console.log)

const checks = new Checks()
const files = new Map(
  built.filter(({ problem }) => problem === undefined).map(({ name, file }) => [name, file]),
)
const problems = new Map<BackendName, unknown>(
  built.filter(({ problem }) => problem !== undefined).map(({ name, problem }) => [name, problem]),
)
const stage = new Stage(files)
try {
  for (const each of CASES.filter(({ name }) => name.includes(options.only))) await runCase(each)
} finally {
  await stage.end()
}
console.log(checks.summary())
// A case that has not ended in time would keep this process alive.
process.exit(checks.areGood ? 0 : 1)

async function runCase({ name, needs, run }: Case): Promise<void> {
  const missing = needs.find((need) => !files.has(need))
  if (missing === undefined)
    await checks.check(name, () => withTimeout(run(stage), CASE_LIMIT_MS, 'the case', { holds: true }))
  else if (!problems.has(missing)) checks.skip(name, `${missing} is built with --all only`)
  else if (problems.get(missing) instanceof Unavailable) {
    checks.skip(name, `no ${missing}: ${messageOf(problems.get(missing))}`)
  } else await checks.check(name, () => Promise.reject(problems.get(missing)))
}
