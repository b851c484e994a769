/** Parts of a query that are no business of a trace: clients of models put their keys there. */
export const SECRET_PARAMETERS: readonly string[] = [
  'access_token',
  'api-key',
  'api_key',
  'apikey',
  'auth',
  'authorization',
  'code',
  'key',
  'password',
  'secret',
  'sig',
  'signature',
  'token',
  'AWSAccessKeyId',
  'Signature',
  'X-Amz-Signature',
  'X-Goog-Signature',
]

const SECRET = new Set(SECRET_PARAMETERS)

/**
 * A query with the value of every secret parameter replaced by `REDACTED`, the rest as it was
 * (OpenTelemetry semantic conventions, registry attribute `url.query`).
 */
export function redactQuery(query: string): string {
  return query.replace(/([^&=?]+)=([^&]*)/g, (whole, name: string) =>
    SECRET.has(name) ? `${name}=REDACTED` : whole,
  )
}
