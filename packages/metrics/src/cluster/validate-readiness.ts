import { InvalidMessage, isObject, type JsonObject } from './codec.ts'
import type { SharedCheck, SharedReadiness } from './control-messages.ts'
import { array, boolean, text } from './validation.ts'

/** Most checks, and most MCP servers, of one process. */
const MAX_ENTRIES = 200

/** Longest name or reason. */
const MAX_LENGTH = 2000

/**
 * Returns the readiness that a message of a member contains.
 * @throws InvalidMessage if it is not valid
 */
export function validateReadiness(value: unknown): SharedReadiness {
  const { isDraining, checks, mcpServers } = object(value)
  return {
    isDraining: boolean(isDraining, 'isDraining'),
    checks: entries(checks, 'checks').map(validateCheck),
    mcpServers: entries(mcpServers, 'mcpServers').map(({ serverLabel, status }) => ({
      serverLabel: text(serverLabel, 'serverLabel', MAX_LENGTH),
      status: text(status, 'status', MAX_LENGTH),
    })),
  }
}

function validateCheck({ name, isReady, reason }: JsonObject): SharedCheck {
  return {
    name: text(name, 'name', MAX_LENGTH),
    isReady: boolean(isReady, 'isReady'),
    ...(reason !== undefined && { reason: text(reason, 'reason', MAX_LENGTH) }),
  }
}

function entries(value: unknown, name: string): JsonObject[] {
  const values = array(value, name)
  if (values.length > MAX_ENTRIES)
    throw new InvalidMessage('limit', `${name} has more than ${MAX_ENTRIES} entries`)
  return values.map(object)
}

function object(value: unknown): JsonObject {
  if (!isObject(value)) throw new InvalidMessage('type', 'not an object')
  return value
}
