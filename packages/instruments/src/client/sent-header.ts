import type { ClientRequest } from 'node:http'

/** Internal property of a request with rendered headers. Node renders them at creation if they are a list or have `Expect`. */
interface Rendered {
  readonly _header?: string | null
}

/**
 * Returns a header of a request, the first value if it is repeated. Unlike `getHeader` it also finds headers that were
 * passed as a list and have been rendered.
 * @param name in lower case, without special characters of regular expressions
 */
export function sentHeader(request: ClientRequest, name: string): string | undefined {
  const value = request.getHeader(name)
  if (value !== undefined) return String(Array.isArray(value) ? value[0] : value)
  const { _header: rendered } = request as unknown as Rendered
  return typeof rendered === 'string' ? new RegExp(`^${name}: (.*)\r$`, 'im').exec(rendered)?.[1] : undefined
}
