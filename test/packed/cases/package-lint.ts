import { join } from 'node:path'
import type { Checks } from '../checks.ts'
import { REPOSITORY, type Tarball } from '../pack.ts'
import { runWell } from '../program.ts'

/** Checks the tarballs with publint and attw. */
export async function packageLint(checks: Checks, tarballs: readonly Tarball[]): Promise<void> {
  for (const { name, file } of tarballs) {
    await checks.check(`${name}: publint`, () => runTool('publint', file, '--strict'))
    await checks.check(`${name}: attw`, () => runTool('attw', file, '--profile', 'esm-only', '--no-color'))
  }
}

/** Runs a tool of the repository; throws with its output if it fails. */
async function runTool(tool: string, ...args: readonly string[]): Promise<void> {
  await runWell(join(REPOSITORY, 'node_modules/.bin', tool), args, { cwd: REPOSITORY })
}
