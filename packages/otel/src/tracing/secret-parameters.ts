/**
 * Names of query parameters with credentials, in the form that {@link canonicalName} returns: generic names, and those of OAuth 2.0 (RFC 6749, RFC 7636), SAML, CAS, Azure Functions and SAS (`code`, `sig`), CloudFront (`Policy`), Tencent
 * Cloud (`q-ak`) and Akamai.
 */
const NAMES: readonly string[] = [
  'auth',
  'bearer',
  'code',
  'codeverifier',
  'cookie',
  'hdnea',
  'hdnts',
  'hmac',
  'key',
  'otp',
  'pass',
  'pin',
  'policy',
  'qak',
  'samlresponse',
  'sas',
  'session',
  'sid',
  'sig',
  'ticket',
]

/**
 * Suffixes of such names: `access_token`, `client_secret`, `X-Amz-Signature`, `X-Amz-Credential`, `X-Amz-Security-Token`,
 * `X-Goog-Signature`, `AWSAccessKeyId`, `Ocp-Apim-Subscription-Key`, `PHPSESSID` and similar ones. A suffix covers names
 * that are not listed, but also harmless ones such as `page_token`.
 */
const ENDING = new RegExp(
  `(?:${[
    'token',
    'secret',
    'password(?:confirm(?:ation)?)?',
    'passcode',
    '(?:auth|authorization|device)code',
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

/** Returns a name for comparison: in lower case, without `-`, `_` and spaces. */
function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[-_\s]+/g, '')
}

/**
 * Returns a function that tests whether the value of a query parameter is a secret, by its encoded name. Each part of a
 * nested name (`user[password]`, `auth.token`, `token[]`) is tested.
 * @param added further names, in any spelling
 */
export function secretParameters(added: readonly string[]): (encodedName: string) => boolean {
  const names = new Set([...NAMES, ...added.map(canonicalName)])
  const isSecret = (part: string): boolean => {
    const name = canonicalName(part)
    if (names.has(name)) return true
    const unnumbered = withoutTrailingDigits(name)
    return names.has(unnumbered) || ENDING.test(unnumbered)
  }
  return (encodedName) => {
    const name = decodeName(encodedName)
    return isSecret(name) || (/[[\].]/.test(name) && name.split(/[[\].]+/).some(isSecret))
  }
}

/** Removes a number at the end: `apikey2`. No regular expression, because `/\d+$/` takes quadratic time. */
function withoutTrailingDigits(name: string): string {
  let end = name.length
  while (isDigit(name.charCodeAt(end - 1))) end--
  return name.slice(0, end)
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Decodes `application/x-www-form-urlencoded`. In a name with malformed UTF-8 only ASCII is decoded. */
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
