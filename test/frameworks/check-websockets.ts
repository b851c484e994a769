import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Checks } from '../packed/checks.ts'
import { WEBSOCKET_APPLICATIONS } from '../websockets/applications.ts'
import type { Connection } from '../websockets/connections.ts'
import type { Samples } from '../websockets/expected-samples.ts'
import { observe } from '../websockets/observe.ts'
import { entryFile, type ModuleSystem } from './entry-file.ts'
import { project } from './projects.ts'
import { FLAGS, RunningApplication } from './running-application.ts'

/**
 * Checks the WebSocket libraries whose names contain a pattern: clients receive the same bytes with and without the flag,
 * and the scrape equals the counts of the clients and of the application.
 * @param nodes executables by what is printed of them
 */
export async function checkWebSockets(
  checks: Checks,
  pattern: string,
  nodes: Readonly<Record<string, string>>,
): Promise<void> {
  const wanted = WEBSOCKET_APPLICATIONS.filter(({ name }) => name.includes(pattern))
  if (wanted.length === 0) return
  const folder = await checks.check('packages of websockets install', () => project('websockets'))
  if (folder === undefined) return
  for (const application of wanted) {
    for (const system of ['esm', 'cjs'] as const) {
      const file = `start-${application.app}.${system === 'esm' ? 'mjs' : 'cjs'}`
      writeFileSync(join(folder, file), entryFile(application, system))
      for (const [title, node] of Object.entries(nodes)) {
        const run = (flagOf: ModuleSystem | undefined): Promise<readonly Connection[]> =>
          runApplication(application, node, folder, file, flagOf)
        await checks.check(`WebSockets of ${application.name}, ${system}${title}`, async () => {
          assert.deepEqual(await run(system), await run(undefined))
        })
      }
    }
  }
}

async function runApplication(
  application: (typeof WEBSOCKET_APPLICATIONS)[number],
  node: string,
  folder: string,
  file: string,
  flagOf: ModuleSystem | undefined,
): Promise<readonly Connection[]> {
  const flags = flagOf === undefined ? [] : FLAGS[flagOf]
  const running = await RunningApplication.start(node, flags, folder, file, {})
  try {
    return await observe(application, {
      port: Number(new URL(running.origin).port),
      hasFlag: flagOf !== undefined,
      ask: (question) => running.ask<Samples>(question),
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${running.output}`, { cause: error })
  } finally {
    await running.stop()
  }
}
