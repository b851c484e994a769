import { PrivateState } from '../patching/private-state.ts'
import type { McpSession } from './mcp-session.ts'

/** The session of a transport, in a private field of the transport. */
export class SessionOfTransport extends PrivateState {
  #session: McpSession | undefined

  static of(transport: object): McpSession | undefined {
    return #session in transport ? (transport as SessionOfTransport).#session : undefined
  }

  static set(transport: object, session: McpSession): void {
    if (!(#session in transport)) new SessionOfTransport(transport)
    ;(transport as SessionOfTransport).#session = session
  }
}
