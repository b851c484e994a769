import type { ClientRequest } from 'node:http'

/** What a request has once its headers are rendered, which is when it is made if they are a list or have `Expect`. */
interface Rendered {
  readonly _header?: string | null
}

/**
 * The value of a header of a request, also if its headers are rendered already: then `getHeader` knows none that were
 * given as a list. The first one if there are several.
 * @param name in lower case, without characters that mean something in a regular expression
 */
export function sentHeader(request: ClientRequest, name: string): string | undefined {
  const value = request.getHeader(name)
  if (value !== undefined) return String(Array.isArray(value) ? value[0] : value)
  const { _header: rendered } = request as unknown as Rendered
  return typeof rendered === 'string' ? new RegExp(`^${name}: (.*)\r$`, 'im').exec(rendered)?.[1] : undefined
}
