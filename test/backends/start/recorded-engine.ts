import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseExposition, type Sample } from '../../../examples/src/start/exposition.ts'

const APP = fileURLToPath(new URL('../../apps/recorded-engine.mjs', import.meta.url))
const RECORDINGS = new URL('../../data/expositions/', import.meta.url)

/** The application `recorded-engine.mjs`: the metrics endpoint of an engine, with a recorded exposition. */
export class RecordedEngine {
  /** Value of the label `upstream`. */
  readonly name: string
  readonly #recording: string
  #process: ChildProcess | undefined
  #port = '0'

  private constructor(name: string, recording: string) {
    this.name = name
    this.#recording = recording
  }

  /**
   * Starts an engine.
   * @param recording a file of `test/data/expositions`
   */
  static async start(name: string, recording: string): Promise<RecordedEngine> {
    const engine = new RecordedEngine(name, recording)
    await engine.start()
    return engine
  }

  /** The engine as an item of `VR_ENGINE_METRICS_URL`. */
  get setting(): string {
    return `${this.name}=${this.#url}`
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#port}/metrics`
  }

  /** Starts the process, again on the same port. Its values start from the recorded ones. */
  async start(): Promise<void> {
    this.#process = spawn(process.execPath, [APP], {
      env: {
        ...process.env,
        PORT: this.#port,
        EXPOSITION: fileURLToPath(new URL(this.#recording, RECORDINGS)),
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    const lines = createInterface({ input: this.#process.stdout as Readable })
    const exit = once(this.#process, 'exit').then(() => Promise.reject(new Error('the engine has exited')))
    const [line] = await Promise.race([once(lines, 'line'), exit])
    exit.catch(() => {})
    this.#port = new URL(/http:\S+/.exec(String(line))?.[0] ?? '').port
  }

  /** Kills the process. */
  async stop(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined) return
    const exit = once(running, 'exit')
    running.kill('SIGKILL')
    await exit
  }

  /** Moves all values. */
  async step(): Promise<void> {
    await (await fetch(this.#url, { method: 'POST' })).text()
  }

  /** Returns the samples of its own endpoint. */
  async samples(): Promise<Sample[]> {
    return parseExposition(await (await fetch(this.#url)).text())
  }

  /** Returns the value of its only sample with a name. */
  async value(name: string): Promise<number> {
    const [sample, ...others] = (await this.samples()).filter((each) => each.name === name)
    if (sample === undefined || others.length > 0) throw new Error(`${name}: not one sample`)
    return sample.value
  }
}

/** Returns values without those that are equal to the one before. */
export function changesOf(values: readonly number[]): number[] {
  return values.filter((value, at) => value !== values[at - 1])
}
