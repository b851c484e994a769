import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { run } from '../program.ts'
import type { Project } from '../project.ts'
import { startsOf, typed } from '../start-flags.ts'

/** One line with the version, and with what to do if another flag would help. */
const ONE_LINE = /^@vr\/otel: Node \d+\.\d+\.\d+ .*; the application runs without telemetry(; use .*)?\n$/

/**
 * Checks that an unsupported Node runs the application without telemetry and logs that once.
 * @param node executable of that Node
 */
export async function oldNode(checks: Checks, plain: Project, node: string, label: string): Promise<void> {
  for (const start of startsOf('exit-code')) {
    await checks.check(`${label}: ${typed(start)} runs the application without telemetry`, async () => {
      const args = [start.flag, '@vr/otel/register', start.file]
      const { code, stdout, stderr } = await run(node, args, { cwd: plain.folder })
      assert.deepEqual({ code, stdout }, { code: 7, stdout: 'ran\n' })
      assert.match(stderr, ONE_LINE)
    })
  }
}
