import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished, vi } from 'vitest'

/** A process that runs a file, writes lines to stdout, and is killed when the test has finished. */
export class Child {
  readonly lines: string[] = []
  readonly #process: ChildProcess
  #stderr = ''

  constructor(file: URL, args: readonly string[]) {
    this.#process = spawn(process.execPath, [file.pathname, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const { stdout, stderr } = this.#process
    if (stdout !== null) createInterface(stdout).on('line', (line) => this.lines.push(line))
    stderr?.on('data', (chunk) => {
      this.#stderr += chunk
    })
    onTestFinished(() => void this.#process.kill('SIGKILL'))
  }

  get pid(): number {
    return this.#process.pid as number
  }

  /** Writes a line to the standard input of the process. */
  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** Waits for a line that starts with `prefix`, and returns the newest. */
  async line(prefix: string): Promise<string> {
    const find = (): string | undefined => this.lines.findLast((line) => line.startsWith(prefix))
    return await vi.waitUntil(() => {
      if (this.#process.exitCode !== null && find() === undefined) throw new Error(`ended: ${this.#stderr}`)
      return find()
    }, 20_000)
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Kills the process, and waits until it has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exit
  }
}
