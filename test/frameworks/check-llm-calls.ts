import { join } from 'node:path'
import type { Checks } from '../packed/checks.ts'
import { runWell } from '../packed/program.ts'
import { assertLlmCalls } from './llm-call-totals.ts'
import { project } from './projects.ts'

/** Names of the packages in `projects/undici`. Before 7.11, undici does not publish the bodies of calls. */
const VERSIONS = ['undici-v5', 'undici-v6', 'undici-v7.10', 'undici-v7', 'undici-v8']

const TESTS = join(import.meta.dirname, '..')

/**
 * Checks the calls to an LLM API by the versions of undici whose names contain a pattern, and by the clients of each Node.
 * @param nodes executables by what is printed of them
 */
export async function checkLlmCalls(
  checks: Checks,
  pattern: string,
  nodes: Readonly<Record<string, string>>,
): Promise<void> {
  const wanted = VERSIONS.filter((name) => name.includes(pattern))
  if (wanted.length === 0) return
  const folder = await checks.check('packages of undici install', () => project('undici'))
  if (folder === undefined) return
  for (const name of wanted) {
    for (const [title, node] of Object.entries(nodes)) {
      await checks.check(`calls to an LLM API by ${name}${title}`, async () => {
        const args = ['--import', '@vr/otel/register', join(TESTS, 'apps/llm-calls.mjs')]
        const env = { UNDICI: join(folder, 'node_modules', name) }
        assertLlmCalls(await runWell(node, args, { cwd: TESTS, env }))
      })
    }
  }
}
