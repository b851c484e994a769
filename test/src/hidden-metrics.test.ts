import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

const APPS = fileURLToPath(new URL('../apps', import.meta.url))

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Starts a program whose package.json names a dependency. */
function startWith(dependency: string, env: Record<string, string> = {}, app = 'plain.mjs'): RunningApp {
  const folder = mkdtempSync(join(APPS, '.hidden-metrics-'))
  folders.push(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: { [dependency]: '1' } }))
  writeFileSync(join(folder, 'server.mjs'), `import '../${app}'`)
  return new RunningApp(`${basename(folder)}/server.mjs`, { env })
}

/** Returns the lines logged after the start line, once the server has answered a request. */
async function logged(app: RunningApp): Promise<string[]> {
  await app.waitForOutput(/metrics at/, 'stderr')
  await (await fetch(await app.url())).text()
  await app.kill()
  return app.stderr.trim().split('\n').slice(1)
}

describe('an application with its own route /metrics', () => {
  it.each(['prom-client', '@prometheus-io/client', 'express-prom-bundle', 'fastify-metrics'])(
    'gets a warning at start that names the settings to change: %s',
    async (library) => {
      expect(await logged(startWith(library))).toEqual([
        `@vr/otel warn: /metrics of the application is probably hidden: package.json lists ${library}, and @vr/otel answers /metrics with its own metrics only. Set VR_METRICS_PATH to another path, or VR_METRICS_PORT to a separate port`,
      ])
    },
  )

  it.each<[string, Record<string, string>]>([
    ['express', {}],
    ['prom-client', { VR_METRICS_PATH: '/gateway/metrics' }],
    ['prom-client', { VR_METRICS_PORT: '0' }],
  ])('gets no warning with %s and %j', async (library, env) => {
    expect(await logged(startWith(library, env))).toEqual([])
  })

  it('gets no warning in a process without a server', async () => {
    const app = startWith('prom-client', {}, 'silent.mjs')
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    expect(app.stderr).toBe('')
  })
})
