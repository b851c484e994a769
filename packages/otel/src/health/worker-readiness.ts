import type { McpServerState, ReadinessReport } from './readiness.ts'
import type { ReadinessCheck } from './ready-states.ts'

/** The readiness of a process that has a server, and whose metrics this one aggregates. */
export interface WorkerReadiness {
  /** Number of the worker, from 0. */
  readonly worker: number
  /** `undefined` before the worker has reported it. */
  readonly report: ReadinessReport | undefined
}

/** The check of the workers of a process. */
export class WorkersCheck {
  readonly #read: () => readonly WorkerReadiness[]
  readonly #hasServer: () => boolean
  #hadWorkers = false

  /**
   * @param read returns the workers that run
   * @param hasServer whether this process has a server too, so that it needs no worker
   */
  constructor(read: () => readonly WorkerReadiness[], hasServer: () => boolean) {
    this.#read = read
    this.#hasServer = hasServer
  }

  /**
   * Returns whether the workers are ready; `undefined` for a process without workers. A worker that drains receives no new
   * connections, so it is ignored while another one does not drain.
   */
  check(): ReadinessCheck | undefined {
    const workers = this.#read()
    this.#hadWorkers ||= workers.length > 0
    if (!this.#hadWorkers) return undefined
    const serving = workers.filter(({ report }) => report?.isDraining !== true)
    const isAlone = serving.length === 0 && !this.#hasServer()
    const reasons = isAlone
      ? [workers.length === 0 ? 'no worker runs' : 'all workers drain']
      : serving.flatMap(reasonsOf)
    const isReady = reasons.length === 0
    return { name: 'workers', isReady, ...(!isReady && { reason: reasons.join('; ') }) }
  }

  /** Returns the states of the MCP servers of all workers. If several started one, an error counts. */
  mcpServers(): readonly McpServerState[] {
    const states = new Map<string, McpServerState>()
    for (const { report } of this.#read()) {
      for (const state of report?.mcpServers ?? []) {
        if (states.get(state.serverLabel)?.status !== 'error') states.set(state.serverLabel, state)
      }
    }
    return [...states.values()]
  }
}

function reasonsOf({ worker, report }: WorkerReadiness): readonly string[] {
  return (report?.checks ?? [])
    .filter(({ isReady }) => !isReady)
    .map(({ name, reason }) => `worker ${worker}: ${name}${reason === undefined ? '' : `: ${reason}`}`)
}
