import type { AttributeDefinition } from './attribute.ts'

/** Close code of a connection that ended without a close frame (RFC 6455 section 7.1.5). */
export const ABNORMAL_CLOSURE = 1006

/** Codes of the protocol in IANA's WebSocket Close Code Number Registry, without 1004, which has no meaning. */
const REGISTERED = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015]

/** Codes of libraries and frameworks (RFC 6455 section 7.4.2). */
const LIBRARY_CODES = '3xxx'
/** Codes of applications. */
const APPLICATION_CODES = '4xxx'

/** The label `code` of WebSocket closes. */
export const CLOSE_CODE = {
  name: 'code',
  values: [...REGISTERED.map(String), LIBRARY_CODES, APPLICATION_CODES],
  overflow: 'other',
  description:
    'code of the first close frame: registered codes from 1000 to 1015, `3xxx` or `4xxx`; `1005` for a frame without a code, `1006` without a frame',
} as const satisfies AttributeDefinition

const LABELS: ReadonlyMap<number, string> = new Map(REGISTERED.map((code) => [code, String(code)]))

/** Returns the value of the label `code` for any number. */
export function closeCodeLabel(code: number): string {
  if (code >= 3000 && code < 4000) return LIBRARY_CODES
  if (code >= 4000 && code < 5000) return APPLICATION_CODES
  return LABELS.get(code) ?? CLOSE_CODE.overflow
}
