/** Prefix of a text that belongs to a relayed channel. All other texts are JSON objects and start with `{`. */
const RELAYED = /^relay (\d{1,9})(?: (.*))?$/s

/** Returns a text of a relayed channel, as the outer channel carries it. */
export const relayed = (id: number, text: string): string => `relay ${id} ${text}`

/** Returns the notice that a relayed channel has ended. */
export const endOfRelayed = (id: number): string => `relay ${id}`

/**
 * Returns the id of the relayed channel that a message belongs to, and its text, which is `undefined` at the end of that channel.
 * Returns `undefined` for a message of the outer channel.
 */
export function readRelayed(
  message: unknown,
): { readonly id: number; readonly text: string | undefined } | undefined {
  const match = typeof message === 'string' ? RELAYED.exec(message) : null
  return match === null ? undefined : { id: Number(match[1]), text: match[2] }
}
