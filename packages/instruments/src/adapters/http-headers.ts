import type { ServerResponse } from 'node:http'

/**
 * The content type that a call of `writeHead` sends: an argument of the call wins over a header set before.
 * @param args of `writeHead(status, [message], [headers])`; headers are an object, a flat list, or a list of pairs
 */
export function sentContentType(response: ServerResponse, args: readonly unknown[]): unknown {
  const headers = typeof args[1] === 'string' ? args[2] : (args[2] ?? args[1])
  if (typeof headers !== 'object' || headers === null) return response.getHeader('content-type')
  const given = Array.isArray(headers) ? fromList(headers) : fromObject(headers)
  return given ?? response.getHeader('content-type')
}

function fromObject(headers: object): unknown {
  for (const [name, value] of Object.entries(headers)) if (isContentType(name)) return value
  return undefined
}

function fromList(headers: readonly unknown[]): unknown {
  if (Array.isArray(headers[0])) {
    return (headers as unknown[][]).find(([name]) => isContentType(name))?.[1]
  }
  for (let i = 0; i + 1 < headers.length; i += 2) if (isContentType(headers[i])) return headers[i + 1]
  return undefined
}

function isContentType(name: unknown): boolean {
  return typeof name === 'string' && name.length === 12 && name.toLowerCase() === 'content-type'
}

/** Whether a content type is `text/event-stream`, in any case and with any parameters (RFC 9110 section 8.3.1). */
export function isEventStream(contentType: unknown): boolean {
  const value = Array.isArray(contentType) ? contentType[0] : contentType
  return typeof value === 'string' && /^\s*text\/event-stream\s*(?:;|$)/i.test(value)
}
