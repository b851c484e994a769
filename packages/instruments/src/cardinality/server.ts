import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'

/** Hosts and ports that are kept apart in a process. */
const MAX_SERVERS = 100

/** `server.address` of calls that the application makes. */
export const SERVER_ADDRESS = {
  name: 'server.address',
  values: [],
  places: MAX_SERVERS,
  other: 'other',
  meaning: 'hosts that the application calls; each pair of host and port counts as one value',
} as const satisfies AttributeDefinition

/** `server.port` of calls that the application makes, a number. */
export const SERVER_PORT = {
  name: 'server.port',
  values: [],
  places: MAX_SERVERS,
  other: undefined,
  meaning: 'ports of these hosts; absent if `server.address` is `other`',
} as const satisfies AttributeDefinition

/** The attributes of a server that the application calls. */
export interface ServerLabel {
  readonly address: string
  readonly port: number | undefined
}

const OTHER_SERVER: ServerLabel = { address: SERVER_ADDRESS.other, port: undefined }

/** Hosts and ports as attributes, with one bound for both. */
export class ServerLabels {
  readonly #servers = new BoundedMap<ServerLabel>(SERVER_ADDRESS)

  /** How many times a server was replaced. */
  get refused(): number {
    return this.#servers.refused
  }

  /** @param now milliseconds of a monotonic clock */
  label(address: string, port: number, now: number): ServerLabel {
    const server = `${port} ${address}`
    return (
      this.#servers.find(server, now) ??
      this.#servers.add(server, (copy) => ({ address: copy.slice(copy.indexOf(' ') + 1), port }), now) ??
      OTHER_SERVER
    )
  }
}
