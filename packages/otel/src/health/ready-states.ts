/** A condition of readiness. */
export interface ReadinessCheck {
  /** What is checked, for example `database`. */
  readonly name: string
  readonly isReady: boolean
  /** Why it is not ready. Anyone who can reach the endpoint reads it: no credentials. */
  readonly reason?: string
}

/** Most names that an application may set. */
const MAX_STATES = 30

/** Longest name or reason; more is cut off. */
const MAX_LENGTH = 200

const STATES = Symbol.for('@vr/otel.readyStates')

interface Holder {
  [STATES]?: Map<string, ReadinessCheck>
}

/** The states of the process or thread. All copies of this package share them, whether telemetry is on or off. */
function states(): Map<string, ReadinessCheck> {
  const holder = globalThis as Holder
  const found = holder[STATES] ?? new Map<string, ReadinessCheck>()
  if (holder[STATES] === undefined)
    Object.defineProperty(holder, STATES, { value: found, configurable: true, enumerable: false })
  return found
}

/** Sets a state of the application; see `setReady`. Never throws: a name or reason that cannot be text is ignored. */
export function setReadyState(name: unknown, isReady: unknown, reason: unknown): void {
  const [key, why] = [textOf(name), reason === undefined || isReady ? undefined : textOf(reason)]
  if (key === undefined) return
  const checks = states()
  if (!checks.has(key) && checks.size >= MAX_STATES) return
  checks.set(key, { name: key, isReady: Boolean(isReady), ...(why !== undefined && { reason: why }) })
}

function textOf(value: unknown): string | undefined {
  try {
    return String(value).slice(0, MAX_LENGTH)
  } catch {
    return undefined
  }
}

/** Returns the states of the application, in the order in which they were first set. */
export function readyStates(): readonly ReadinessCheck[] {
  return [...((globalThis as Holder)[STATES]?.values() ?? [])]
}
