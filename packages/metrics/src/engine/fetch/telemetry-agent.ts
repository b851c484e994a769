import type { Agent } from 'node:http'

/** Property of an agent whose requests our instrumentation does not observe; the package `instruments` has the same. */
const UNOBSERVED = Symbol.for('vr.otel.unobserved_agent')

const agents = new Map<string, Agent>()

/** Loads `node:http` or `node:https` when it is needed. */
export function httpModule(protocol: string): Pick<typeof import('node:http'), 'Agent' | 'request'> {
  return protocol === 'https:'
    ? process.getBuiltinModule('node:https')
    : process.getBuiltinModule('node:http')
}

/**
 * Returns the agent of requests that are neither measured nor traced. A context with suppressed tracing is not enough:
 * without tracing there is no context manager.
 */
export function telemetryAgent(protocol: string): Agent {
  let agent = agents.get(protocol)
  if (agent === undefined) {
    agent = new (httpModule(protocol).Agent)({ keepAlive: false })
    Object.defineProperty(agent, UNOBSERVED, { value: true })
    agents.set(protocol, agent)
  }
  return agent
}
