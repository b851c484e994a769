/**
 * Names of query parameters that carry credentials, in the form that {@link canonicalName} returns. Generic names and
 * those of OAuth 2.0 (RFC 6749), SAML, CAS, Azure Functions and SAS (`code`, `sig`), Tencent Cloud (`q-ak`) and Akamai.
 */
const NAMES: readonly string[] = [
  'auth',
  'bearer',
  'code',
  'cookie',
  'hdnea',
  'hdnts',
  'hmac',
  'key',
  'otp',
  'pass',
  'qak',
  'samlresponse',
  'session',
  'sid',
  'sig',
  'ticket',
]

/**
 * Endings of such names: `access_token`, `client_secret`, `X-Amz-Signature`, `X-Amz-Credential`, `X-Amz-Security-Token`,
 * `X-Goog-Signature`, `AWSAccessKeyId`, `Ocp-Apim-Subscription-Key`, `PHPSESSID` and their like. An ending covers names
 * that nobody has listed, at the price of harmless ones such as `page_token`.
 */
const ENDING = new RegExp(
  `(?:${[
    'token',
    'secret',
    'password',
    'passwd',
    'passphrase',
    'pwd',
    '(?:access|account|api|app|auth|client|customer|encryption|license|master|private|secret|session|shared|signing|subscription)key',
    'accesskeyid',
    'keypairid',
    'signature',
    'credentials?',
    'sess(?:ion)?id',
    'authorization',
    'assertion',
    'jwt',
  ].join('|')})$`,
)

/** A name as names are compared: without regard to case, `-`, `_` and spaces. */
function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[-_\s]+/g, '')
}

/**
 * Returns a test of names of query parameters, as they stand in a query: whether the value is a secret. In a nested name
 * (`user[password]`, `auth.token`, `token[]`) each part counts.
 * @param added more names, as the operator writes them
 */
export function secretParameters(added: readonly string[]): (encodedName: string) => boolean {
  const names = new Set([...NAMES, ...added.map(canonicalName)])
  const isSecret = (part: string): boolean => {
    const name = canonicalName(part)
    return names.has(name) || ENDING.test(name)
  }
  return (encodedName) => {
    const name = decodeName(encodedName)
    return isSecret(name) || (/[[\].]/.test(name) && name.split(/[[\].]+/).some(isSecret))
  }
}

/** Decodes `application/x-www-form-urlencoded`; of a name with malformed UTF-8, ASCII alone, as servers do at least. */
function decodeName(encoded: string): string {
  if (!encoded.includes('%') && !encoded.includes('+')) return encoded
  const name = encoded.replaceAll('+', ' ')
  try {
    return decodeURIComponent(name)
  } catch {
    return name.replace(/%([0-7][0-9a-f])/gi, (_whole, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}
