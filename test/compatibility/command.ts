import { spawn } from 'node:child_process'
import type { Results } from './results.ts'

/** Runs a test command to its end and parses its stdout. Ignores the exit code, which depends on failed tests. */
export async function runCommand(
  cwd: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  parse: (text: string) => Results,
): Promise<Results> {
  const [file, ...args] = command as [string, ...string[]]
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const onExit = (): unknown => child.kill('SIGKILL')
  process.once('exit', onExit)
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk
  process.off('exit', onExit)
  const results = parse(text)
  if (results.size === 0) throw new Error(`${command.join(' ')} reported no test:\n${text.slice(0, 2000)}`)
  return results
}
