/** Runs `cluster-process.ts` in a child process. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../test/backends/start/ports.ts'
import type { Command } from './cluster-process.ts'
import { nextMessage } from './server-under-load.ts'

/** A library that aggregates the metrics of a cluster; `no pushes`: `@vr/otel` in the workers only. */
export type Library = '@vr/otel' | 'no pushes' | 'prom-client' | '@prometheus-io/client'

/** The answer to a scrape. */
export interface ScrapeAnswer {
  readonly ms: number
  /** 0 if there was no answer. */
  readonly status: number
  readonly text: string
}

interface Started {
  readonly port: number
  readonly applicationPort: number
  readonly pids: readonly number[]
}

const PROGRAM = fileURLToPath(new URL('cluster-process.ts', import.meta.url))
const REGISTER = ['--import', '@vr/otel/register']
const SCRAPE_LIMIT_MS = 10_000

/** A cluster whose workers count requests. */
export class ClusterUnderTest {
  readonly #primary: ChildProcess
  readonly #started: Started

  private constructor(primary: ChildProcess, started: Started) {
    this.#primary = primary
    this.#started = started
  }

  static async start(library: Library, workers: number): Promise<ClusterUnderTest> {
    const [port] = await freePorts(1)
    const primary = fork(PROGRAM, [library, `${workers}`], {
      execArgv: library === '@vr/otel' ? REGISTER : [],
      env: { ...process.env, VR_METRICS_PORT: `${port}`, VR_OTEL_GLOBALS: 'on', VR_OTEL_LOG_LEVEL: 'error' },
    })
    return new ClusterUnderTest(primary, await nextMessage<Started>(primary))
  }

  /** Process ids of the workers. */
  get pids(): readonly number[] {
    return this.#started.pids
  }

  /** Port that the workers share. */
  get port(): number {
    return this.#started.applicationPort
  }

  /** Sends a command to the primary and returns its answer. */
  async ask<Answer = number>(command: Command): Promise<Answer> {
    const answer = nextMessage<Answer>(this.#primary)
    this.#primary.send(command)
    return await answer
  }

  /** Scrapes the primary. */
  async scrape(): Promise<ScrapeAnswer> {
    const start = performance.now()
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#started.port}/metrics`, {
        signal: AbortSignal.timeout(SCRAPE_LIMIT_MS),
      })
      const text = await answer.text()
      return { ms: performance.now() - start, status: answer.status, text }
    } catch {
      return { ms: performance.now() - start, status: 0, text: '' }
    }
  }

  /** Ends the primary, and its workers with it. */
  end(): void {
    for (const pid of this.pids) signal(pid, 'SIGCONT')
    this.#primary.disconnect()
  }
}

/** Sends a signal to a process, unless it has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}
