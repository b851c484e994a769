/** Returns whether the value of an `Authorization` header contains the token. */
export type TokenCheck = (authorization: string | undefined) => boolean

/**
 * Creates a check of `Authorization: Bearer …` (RFC 6750) in constant time: it compares SHA-256 digests with
 * `crypto.timingSafeEqual`.
 */
export function createTokenCheck(token: string): TokenCheck {
  const { createHash, timingSafeEqual } = process.getBuiltinModule('node:crypto')
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = digest(token)
  return (authorization) => {
    const given = /^bearer +(.*)$/is.exec(authorization ?? '')?.[1]
    return given !== undefined && timingSafeEqual(digest(given.trim()), expected)
  }
}
