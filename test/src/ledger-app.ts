import { once } from 'node:events'
import type { Samples } from '../websockets/expected-samples.ts'
import { RunningApp } from './running-app.ts'

/** A WebSocket application of `test/frameworks/apps` that counts its own connections. */
export class LedgerApp {
  readonly hasFlag: boolean
  readonly port: number
  readonly #app: RunningApp

  private constructor(app: RunningApp, hasFlag: boolean, port: number) {
    this.#app = app
    this.hasFlag = hasFlag
    this.port = port
  }

  /** @param file in `test/apps` */
  static async start(
    file: string,
    hasFlag: boolean,
    env: Readonly<Record<string, string>> = {},
  ): Promise<LedgerApp> {
    const flag = hasFlag ? ['--import', '@vr/otel/register'] : []
    const app = new RunningApp(file, { execArgv: ['--expose-gc', ...flag], ipc: true, env })
    const [{ port }] = (await once(app.process, 'message')) as [{ port: number }]
    return new LedgerApp(app, hasFlag, port)
  }

  /** Sends a question to the application and returns its answer. */
  readonly ask = async (question: string): Promise<Samples> => {
    const answer = once(this.#app.process, 'message')
    this.#app.process.send(question)
    return ((await answer) as [{ rows: Samples }])[0].rows
  }

  /** What the application and telemetry have written on stderr. */
  get stderr(): string {
    return this.#app.stderr
  }

  async kill(): Promise<void> {
    await this.#app.kill()
  }
}
