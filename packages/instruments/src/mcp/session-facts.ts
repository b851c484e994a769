import { objectOf } from '../wire/json-rpc.ts'
import type { TransportFacts } from './transport-facts.ts'

/** Key of the version in `_meta` of every request, in versions of the protocol without `initialize`. */
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'

/** What is known of a session: its transport, its id, and the version of the protocol. */
export class SessionFacts {
  readonly transport: TransportFacts
  readonly #transport: { readonly sessionId?: unknown }
  #protocolVersion: string | undefined

  constructor(facts: TransportFacts, transport: object) {
    this.transport = facts
    this.#transport = transport
  }

  /** `mcp.protocol.version`; `undefined` before it is agreed. */
  get protocolVersion(): string | undefined {
    return this.#protocolVersion
  }

  /** Id of a session over HTTP, at most 256 characters; `undefined` if it has none. */
  get sessionId(): string | undefined {
    const { sessionId } = this.#transport
    return typeof sessionId === 'string' && sessionId.length <= 256 ? sessionId : undefined
  }

  /** Called with the `_meta` of a request. */
  metaSeen(meta: unknown): void {
    this.#setVersion(objectOf(meta)?.[VERSION_KEY])
  }

  /** Called with the result of `initialize`. */
  initialized(result: unknown): void {
    this.#setVersion(objectOf(result)?.['protocolVersion'])
  }

  #setVersion(version: unknown): void {
    if (typeof version === 'string' && version.length <= 256) this.#protocolVersion = version
  }
}
