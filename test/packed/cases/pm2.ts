import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from '../../backends/start/ports.ts'
import type { Checks } from '../checks.ts'
import { runWell } from '../program.ts'
import type { Project } from '../project.ts'

/** Time limit for what PM2 does in the background. */
const DEADLINE_MS = 60_000

/** Time limit of a response; the application answers at once. */
const RESPONSE_MS = 5000

/** Runs an application with the real PM2, and compares the merged metrics with the requests that were answered. */
export async function pm2(checks: Checks, project: Project): Promise<void> {
  await checks.check('PM2, cluster mode: totals of all processes through reload, scale and SIGKILL', () =>
    runUnderPm2(project, async (command) => {
      const [port = 0] = await freePorts(1)
      // The daemon resolves the package, from its own working directory.
      const flags = [
        '--node-args',
        `--import ${join(project.folder, 'node_modules/@vr/otel/dist/register.js')}`,
      ]
      await command(['start', 'pm2.mjs', '--name', 'cluster', '-i', '3', ...flags], { PORT: String(port) })
      const traffic = new Traffic([port])
      await traffic.total(2)
      for (const change of [
        ['reload', 'cluster'],
        ['scale', 'cluster', '5'],
        ['scale', 'cluster', '3'],
      ]) {
        await command(change)
        await traffic.total(Number(change[2] ?? 3) - 1)
      }
      const pids = (await command(['pid', 'cluster'])).trim().split('\n')
      process.kill(Number(pids[0]), 'SIGKILL')
      await traffic.total(2)
    }),
  )
  await checks.check('PM2, fork mode: totals of all processes, also after SIGKILL of the first', () =>
    runUnderPm2(project, async (command) => {
      const ports = await freePorts(3)
      const flags = ['--node-args', '--import @vr/otel/register']
      for (const port of ports)
        await command(['start', 'pm2.mjs', '-f', '--name', 'fork', ...flags], { PORT: String(port) })
      const traffic = new Traffic(ports)
      await traffic.total(2)
      const pids = (await command(['pid', 'fork'])).trim().split('\n')
      process.kill(Number(pids[0]), 'SIGKILL')
      await traffic.total(2)
    }),
  )
}

type Command = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<string>

/** Runs commands of a PM2 of its own, whose daemon is ended afterwards. */
async function runUnderPm2({ folder }: Project, use: (command: Command) => Promise<void>): Promise<void> {
  const program = join(folder, 'node_modules/pm2/bin/pm2')
  const PM2_HOME = join(folder, 'pm2-home')
  const command: Command = (args, env = {}) =>
    runWell(process.execPath, [program, ...args], { cwd: folder, env: { ...env, PM2_HOME } })
  try {
    await use(command)
  } finally {
    await command(['kill'])
  }
}

/** Sends requests, and compares their number with the merged counter. */
class Traffic {
  readonly #ports: readonly number[]
  #answered = 0

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  /** Sends requests to each port, and waits until every port exposes all, with `others` processes besides the aggregator. */
  async total(others: number): Promise<void> {
    for (const port of this.#ports)
      for (let sent = 0; sent < 6; sent++) {
        await this.#until(() => request(`http://127.0.0.1:${port}/`))
        this.#answered += 1
      }
    for (const port of this.#ports)
      await this.#until(async () => {
        const text = await request(`http://127.0.0.1:${port}/metrics`)
        const values = [
          'vr_otel_scrape_complete',
          'vr_otel_workers',
          'vllm_responses_http_requests_total',
        ].map((name) => sumOf(text, name))
        assert.deepEqual(values, [1, others, this.#answered])
      })
  }

  /** Repeats a step: PM2 starts and ends processes in the background. */
  async #until(step: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    for (;;) {
      try {
        await step()
        return
      } catch (error) {
        if (performance.now() > deadline) throw error
        await delay(100)
      }
    }
  }
}

/**
 * Returns the body of a response on a connection of its own. A connection that a primary has passed to a worker that was killed
 * meanwhile stays open without a response.
 */
async function request(url: string): Promise<string> {
  const signal = AbortSignal.timeout(RESPONSE_MS)
  const response = await fetch(url, { headers: { connection: 'close' }, signal })
  if (!response.ok) throw new Error(`${url}: status ${response.status}`)
  return await response.text()
}

function sumOf(text: string, name: string): number {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))]
  return values.reduce((sum, [, value]) => sum + Number(value), 0)
}
