import { contentDecoder, IDENTITY_DECODER } from '../content-coding/content-decoder.ts'
import type { CallResponse } from '../observation/observed-call.ts'

/**
 * Returns what the headers of a response determine.
 * @param contentType value of the header `content-type`
 * @param contentEncoding value of the header `content-encoding`
 */
export function callResponse(
  status: number,
  contentType: string | undefined,
  contentEncoding: string | undefined,
): CallResponse {
  const isIdentity = contentEncoding === undefined || /^\s*(identity)?\s*$/i.test(contentEncoding)
  const decoder = isIdentity ? IDENTITY_DECODER : contentDecoder(contentEncoding)
  return { status, contentType, isIdentity, decoder }
}
