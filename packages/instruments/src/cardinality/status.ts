import type { AttributeDefinition } from './attribute.ts'

const [FIRST, LAST] = [100, 999]

/** Status codes that Node accepts (`ServerResponse.writeHead`). */
const CODES: readonly number[] = Array.from({ length: LAST - FIRST + 1 }, (_, i) => FIRST + i)

/** Returns the status codes from `first` to 999, as text. */
export function codesFrom(first: number): readonly string[] {
  return CODES.filter((code) => code >= first).map(String)
}

/** The label `status` of requests. */
export const STATUS = {
  name: 'status',
  values: codesFrom(FIRST),
  overflow: 'other',
  description:
    'the status code sent, from 100 to 999; `499` if the client disconnected before a status code was sent',
} as const satisfies AttributeDefinition

/** `http.response.status_code` of the semantic conventions, a number. */
export const STATUS_CODE = {
  name: 'http.response.status_code',
  values: CODES,
  overflow: undefined,
  description: 'the status code sent, from 100 to 999; absent if none was sent',
} as const satisfies AttributeDefinition

/** Returns a valid status code unchanged, else `undefined`. */
export function statusCode(code: number | undefined): number | undefined {
  return code !== undefined && code >= FIRST && code <= LAST && Number.isInteger(code) ? code : undefined
}
