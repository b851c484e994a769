/** Starts and stops the child processes of the demo. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Longer than the gateway waits for its MCP servers. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 5000
const MAX_STDERR_CHARACTERS = 100_000
const FOLDER = fileURLToPath(new URL('../..', import.meta.url))

/** A program that has started. */
export interface RunningProgram {
  /** First line on stdout. */
  readonly firstLine: string
  /** Returns the output on stderr so far. */
  readonly stderr: () => string
}

/** Called with the reason when a program exits by itself. */
export type OnUnexpectedExit = (reason: string) => void

export class ChildPrograms {
  readonly #children: { readonly name: string; readonly process: ChildProcess }[] = []
  readonly #onUnexpectedExit: OnUnexpectedExit
  #stopping: Promise<string[]> | undefined

  constructor(onLoss: OnUnexpectedExit) {
    this.#onUnexpectedExit = onLoss
    process.stderr.on('error', () => {}) // the reader of a pipe may exit before the programs
  }

  /**
   * Runs `node <args>` and resolves with its first line on stdout. Forwards its stderr. The IPC channel makes the
   * program stop when this process exits. Rejects if the program exits first or prints no line for 60 s.
   */
  async start(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningProgram> {
    if (this.#stopping !== undefined) throw new Error(`the ${name} was not started: the demo is stopping`)
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
      if (this.#stopping === undefined)
        this.#onUnexpectedExit(`the ${name} exited unexpectedly (${signal ?? `code ${code}`})`)
    })
    return { firstLine: line, stderr: () => stderr }
  }

  /**
   * Stops all programs in reverse order. Kills programs that do not exit within 5 s. Returns a message for each of
   * these.
   */
  stop(): Promise<string[]> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<string[]> {
    const killed: string[] = []
    for (const child of this.#children.toReversed()) {
      if (!(await stopChild(child.process)))
        killed.push(`the ${child.name} did not exit within ${STOP_TIMEOUT_MS / 1000} s and was killed`)
    }
    return killed
  }
}

async function firstLine(name: string, child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error(`${name} has no stdout`)
  const lines = createInterface({ input: child.stdout })
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS)
  const line = once(lines, 'line', { signal: deadline }).then(([text]) => String(text))
  const end = once(child, 'exit', { signal: deadline }).then(([code, signal]) => {
    throw new Error(`the ${name} exited at its start (${signal ?? `code ${code}`})`)
  })
  return Promise.race([line, end]).catch((error: unknown) => {
    throw deadline.aborted
      ? new Error(`the ${name} printed no line within ${START_TIMEOUT_MS / 1000} s`)
      : error
  })
}

async function stopChild(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const late = new AbortController()
  const killer = setTimeout(() => {
    late.abort()
    child.kill('SIGKILL')
  }, STOP_TIMEOUT_MS)
  await exit
  clearTimeout(killer)
  return !late.signal.aborted
}
