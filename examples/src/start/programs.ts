/** The child processes of the demonstration: started one by one, ended together. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const START_DEADLINE_MS = 30_000
const END_DEADLINE_MS = 5000
const MAX_STDERR_CHARACTERS = 100_000
const FOLDER = fileURLToPath(new URL('../..', import.meta.url))

/** What a program said when it started. */
export interface Started {
  /** Its first line on stdout. */
  readonly line: string
  /** All that it wrote to stderr up to now. */
  readonly stderr: () => string
}

/** What is told when a program ends that should not. */
export type OnLoss = (sentence: string) => void

export class Programs {
  readonly #children: { readonly name: string; readonly process: ChildProcess }[] = []
  readonly #onLoss: OnLoss
  #end: Promise<string[]> | undefined

  constructor(onLoss: OnLoss) {
    this.#onLoss = onLoss
    process.stderr.on('error', () => {}) // who reads it may go away before the programs do
  }

  /**
   * Runs `node <args>` with the IPC channel on which it notices our end; what it writes to stderr goes to ours.
   * Resolves with its first line on stdout; rejects if it ends before, or says nothing for 30 s.
   */
  async start(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Started> {
    if (this.#end !== undefined) throw new Error(`${name} was not started: interrupted`)
    const child = spawn(process.execPath, args, {
      cwd: FOLDER,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#children.push({ name, process: child })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text)
      stderr = (stderr + text).slice(-MAX_STDERR_CHARACTERS)
    })
    const line = await firstLine(name, child)
    child.once('exit', (code, signal) => {
      if (this.#end === undefined) this.#onLoss(`the ${name} ended by itself (${signal ?? `code ${code}`})`)
    })
    return { line, stderr: () => stderr }
  }

  /** Ends all, the last started first; one that does not end within 5 s is killed, and named in the answer. */
  end(): Promise<string[]> {
    this.#end ??= this.#endAll()
    return this.#end
  }

  async #endAll(): Promise<string[]> {
    const killed: string[] = []
    for (const child of this.#children.toReversed()) {
      if (!(await endChild(child.process))) killed.push(`the ${child.name} had to be killed`)
    }
    return killed
  }
}

async function firstLine(name: string, child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error(`${name} has no stdout`)
  const lines = createInterface({ input: child.stdout })
  const deadline = AbortSignal.timeout(START_DEADLINE_MS)
  const line = once(lines, 'line', { signal: deadline }).then(([text]) => String(text))
  const end = once(child, 'exit', { signal: deadline }).then(([code, signal]) => {
    throw new Error(`the ${name} did not start (${signal ?? `code ${code}`})`)
  })
  return Promise.race([line, end]).catch((error: unknown) => {
    throw deadline.aborted
      ? new Error(`the ${name} printed no line within ${START_DEADLINE_MS / 1000} s`)
      : error
  })
}

async function endChild(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const late = new AbortController()
  const killer = setTimeout(() => {
    late.abort()
    child.kill('SIGKILL')
  }, END_DEADLINE_MS)
  await exit
  clearTimeout(killer)
  return !late.signal.aborted
}
