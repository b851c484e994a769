import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { getJson, scrape } from '../scrape.ts'

/** Most scripts of the package itself that a process loads, and most with those of the OpenTelemetry API. */
const LIMITS = [
  { what: 'metrics', env: {}, own: 8, all: 60 },
  { what: 'tracing', env: { VR_TRACING_ENABLED: 'true' }, own: 15, all: 67 },
] as const

const ARGS = ['--import', './record-scripts.mjs', '--import', '@vr/otel/register', 'scripts.mjs']

/** Checks how many scripts a process with the flag loads, up to its first scrape. */
export async function loadedScripts(checks: Checks, { folder }: Project): Promise<void> {
  for (const { what, env, own, all } of LIMITS) {
    await checks.check(`${what}: at most ${own} scripts, ${all} with the API`, async () => {
      await withServer(process.execPath, ARGS, { cwd: folder, env }, async (origin) => {
        await scrape(origin)
        const scripts = (await getJson<string[]>(origin)).filter((url) => url.includes('/node_modules/'))
        const ofApi = scripts.filter((url) => url.includes('/@opentelemetry/api/'))
        const others = scripts.filter((url) => !ofApi.includes(url))
        assert.ok(
          others.every((url) => url.includes('/@vr/otel/dist/')),
          others.join('\n'),
        )
        assert.ok(others.some((url) => url.endsWith('/dist/register.js')))
        assert.ok(others.length <= own, others.join('\n'))
        assert.ok(scripts.length <= all, scripts.join('\n'))
      })
    })
  }
}
