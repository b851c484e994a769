import { type ChildProcess, spawn } from 'node:child_process'

const running = new Set<ChildProcess>()

process.on('exit', () => {
  // Each command has its own process group, so that the children of a compiler are killed too.
  for (const { pid } of running) if (pid !== undefined) endGroup(pid)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Folder and additional environment of a command. */
export interface Where {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Runs a command at the lowest CPU priority.
 * @returns its stdout
 * @throws Error with the end of its output if it cannot be started or its exit code is not 0
 */
export function command(file: string, args: readonly string[], { cwd, env }: Where): Promise<string> {
  const child = spawn('nice', ['-n', '19', file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  child.on('error', reject)
  child.on('close', (code) => {
    running.delete(child)
    if (code === 0) resolve(stdout)
    else
      reject(new Error(`${[file, ...args].join(' ')}: exit code ${code}\n${(stdout + stderr).slice(-2000)}`))
  })
  return promise
}

/** Whether a command exists and succeeds. */
export async function exists(file: string, args: readonly string[]): Promise<boolean> {
  try {
    await command(file, args, { cwd: '/' })
    return true
  } catch {
    return false
  }
}
