import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from './results.ts'

/** Time limit of a test file. After it, the file is killed and its result is `timeout`. */
const DEADLINE_MS = 60_000

/** Returns the test files of a checkout of Node's tests whose path below `test` matches, such as `parallel/test-http-abort.js`. */
export function coreTests(checkout: string, pattern: RegExp): string[] {
  return ['parallel', 'sequential']
    .flatMap((folder) => readdirSync(join(checkout, 'test', folder)).map((file) => `${folder}/${file}`))
    .filter((file) => /\.(?:m?js)$/.test(file) && pattern.test(file))
    .sort()
}

/** Runs test files of Node, each in a process of its own with the options that its `// Flags:` line names. */
export async function runCoreTests(
  checkout: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  concurrency: number,
): Promise<Results> {
  const results = new Map<string, string>()
  const waiting = [...files]
  const runner = async (id: number): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      results.set(file, await runFile(checkout, file, { ...env, TEST_THREAD_ID: String(id) }))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, i) => runner(i + 1)))
  return results
}

async function runFile(checkout: string, file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const path = join(checkout, 'test', file)
  const flags = /^\/\/ Flags:(.*)$/m.exec(readFileSync(path, 'utf8'))?.[1]?.trim().split(/\s+/) ?? []
  // A process group of its own, so that processes that a test leaves running can be killed.
  const child = spawn(process.execPath, [...flags, path], {
    cwd: checkout,
    env,
    stdio: 'ignore',
    detached: true,
  })
  const { promise, resolve } = Promise.withResolvers<string>()
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // the group has ended
    }
  }
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    kill()
  }, DEADLINE_MS)
  process.once('exit', kill)
  child.once('exit', (code, signal) => resolve(isLate ? 'timeout' : (signal ?? String(code))))
  const result = await promise
  clearTimeout(deadline)
  process.off('exit', kill)
  kill()
  return result
}
