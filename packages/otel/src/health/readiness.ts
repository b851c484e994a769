import { type ReadinessCheck, readyStates } from './ready-states.ts'

/** The start of an MCP server that succeeded or failed last. It is reported only, and does not affect readiness. */
export interface McpServerState {
  readonly serverLabel: string
  readonly status: string
}

/** Whether a process is ready, and why not. */
export interface ReadinessReport {
  readonly isDraining: boolean
  readonly checks: readonly ReadinessCheck[]
  readonly mcpServers: readonly McpServerState[]
}

/** Most MCP servers of a report. */
const MAX_MCP_SERVERS = 30

/** Longest reason of a report; more is cut off. */
const MAX_REASON_LENGTH = 1000

/** The readiness of a process: the states of the application, draining, and checks of other parts. */
export class Readiness {
  readonly #checks = new Set<() => ReadinessCheck | undefined>()
  readonly #mcpServers = new Set<() => readonly McpServerState[]>()
  readonly #listeners = new Set<() => void>()
  #isDraining = false

  /**
   * Adds a check, which is called for each report. It must be fast and not throw.
   * @param check returns `undefined` if nothing is to be reported
   */
  addCheck(check: () => ReadinessCheck | undefined): void {
    this.#checks.add(check)
  }

  /** Adds a source of the states of MCP servers, which is called for each report. */
  addMcpServers(read: () => readonly McpServerState[]): void {
    this.#mcpServers.add(read)
  }

  /** Calls a function after each change of a state of the application, and when the process starts to drain. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Called when the process has been asked to end: it is not ready from now on. */
  drain(): void {
    this.#isDraining = true
    this.changed()
  }

  /** Returns the state now. */
  read(): ReadinessReport {
    const isDraining = this.#isDraining
    const draining: ReadinessCheck = {
      name: 'process',
      isReady: !isDraining,
      ...(isDraining && { reason: 'draining after SIGTERM' }),
    }
    const others = [...this.#checks].map((check) => check()).filter((check) => check !== undefined)
    return {
      isDraining,
      checks: [draining, ...readyStates(), ...others].map(withShortReason),
      mcpServers: [...this.#mcpServers].flatMap((read) => read()).slice(0, MAX_MCP_SERVERS),
    }
  }

  /** Called when a state of the application has changed. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function withShortReason(check: ReadinessCheck): ReadinessCheck {
  return check.reason === undefined ? check : { ...check, reason: check.reason.slice(0, MAX_REASON_LENGTH) }
}
