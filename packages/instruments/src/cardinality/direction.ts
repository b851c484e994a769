import type { AttributeDefinition } from './attribute.ts'

/** Direction of a message, from the point of view of the server. */
export type Direction = 'received' | 'sent'

/** The label `direction` of WebSocket messages. */
export const DIRECTION = {
  name: 'direction',
  values: ['received', 'sent'] satisfies readonly Direction[],
  overflow: undefined,
  description: '`received` from the client or `sent` to it',
} as const satisfies AttributeDefinition
