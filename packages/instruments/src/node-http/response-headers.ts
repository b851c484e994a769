import type { ServerResponse } from 'node:http'

/**
 * Returns the value of a header that a call of `writeHead` sends: that of its arguments, else that set before.
 * @param args of `writeHead(status, [message], [headers])`; headers are an object, a flat list, or a list of pairs
 * @param name in lower case
 */
export function sentHeader(response: ServerResponse, args: readonly unknown[], name: string): unknown {
  const headers = typeof args[1] === 'string' ? args[2] : (args[2] ?? args[1])
  if (typeof headers !== 'object' || headers === null) return response.getHeader(name)
  const argument = Array.isArray(headers) ? fromList(headers, name) : headerIn(headers, name)
  return argument ?? response.getHeader(name)
}

/**
 * Returns the value of a header in an object whose names are in any case.
 * @param name in lower case
 */
export function headerIn(headers: object | undefined, name: string): unknown {
  if (headers === undefined) return undefined
  for (const [key, value] of Object.entries(headers)) if (isNamed(key, name)) return value
  return undefined
}

function fromList(headers: readonly unknown[], name: string): unknown {
  if (Array.isArray(headers[0])) return (headers as unknown[][]).find(([key]) => isNamed(key, name))?.[1]
  for (let i = 0; i + 1 < headers.length; i += 2) if (isNamed(headers[i], name)) return headers[i + 1]
  return undefined
}

function isNamed(key: unknown, name: string): boolean {
  return typeof key === 'string' && key.length === name.length && key.toLowerCase() === name
}

/** Returns whether a content type is `text/event-stream`, in any case and with any parameters (RFC 9110 section 8.3.1). */
export function isEventStream(contentType: unknown): boolean {
  const value = Array.isArray(contentType) ? contentType[0] : contentType
  return typeof value === 'string' && /^\s*text\/event-stream\s*(?:;|$)/i.test(value)
}

/** Returns whether a content type is `application/json`, in any case and with any parameters. */
export function isJson(contentType: unknown): boolean {
  const value = Array.isArray(contentType) ? contentType[0] : contentType
  return typeof value === 'string' && /^\s*application\/json\s*(?:;|$)/i.test(value)
}

/** Returns whether a `content-encoding` does not change the body. */
export function isIdentityCoded(encoding: unknown): boolean {
  return encoding === undefined || encoding === '' || encoding === 'identity'
}
