/** Tells whether the value of an `Authorization` header has the token. */
export type TokenCheck = (authorization: string | undefined) => boolean

/**
 * A check of `Authorization: Bearer …` (RFC 6750) that takes the same time whatever part of the token is
 * right: digests of equal length are compared, by `crypto.timingSafeEqual`.
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
