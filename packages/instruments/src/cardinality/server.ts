import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'

/** Limit of pairs of host and port. */
const MAX_SERVERS = 100

/** `server.address` of calls that the application makes. */
export const SERVER_ADDRESS = {
  name: 'server.address',
  values: [],
  limit: MAX_SERVERS,
  overflow: 'other',
  description: 'hosts that the application calls; each pair of host and port counts as one value',
} as const satisfies AttributeDefinition

/** `server.port` of calls that the application makes, a number. */
export const SERVER_PORT = {
  name: 'server.port',
  values: [],
  limit: MAX_SERVERS,
  overflow: undefined,
  description: 'ports of these hosts; absent if `server.address` is `other`',
} as const satisfies AttributeDefinition

/** Attributes of a server that the application calls. */
export interface ServerLabel {
  readonly address: string
  readonly port: number | undefined
}

const OTHER_SERVER: ServerLabel = { address: SERVER_ADDRESS.overflow, port: undefined }

/** Turns hosts and ports into attributes, with one limit for both. */
export class ServerLabels {
  readonly #servers = new BoundedMap<ServerLabel>(SERVER_ADDRESS)

  /** Number of servers that were replaced by `other`. */
  get overflowCount(): number {
    return this.#servers.overflowCount
  }

  /**
   * Returns the attributes of a server, or `other` beyond the limit.
   * @param now milliseconds of a monotonic clock
   */
  label(address: string, port: number, now: number): ServerLabel {
    const server = `${port} ${address}`
    return (
      this.#servers.find(server, now) ??
      this.#servers.add(server, (copy) => ({ address: copy.slice(copy.indexOf(' ') + 1), port }), now) ??
      OTHER_SERVER
    )
  }
}
