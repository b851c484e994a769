import type { IncomingMessage } from 'node:http'
import type { Dialect } from '../parse/dialect.ts'
import { FetchError } from './fetch-error.ts'

/** Status with which a metrics endpoint of this project answers a fetch for engine metrics. */
const LOOP_DETECTED = 508

/**
 * Checks the status and the headers of a response.
 * @returns the format of the body
 * @throws FetchError if the response has no usable exposition
 */
export function checkHead({ statusCode = 0, headers }: IncomingMessage, maxBytes: number): Dialect {
  if (statusCode === LOOP_DETECTED)
    throw new FetchError('loop', 'the URL is a metrics endpoint of @vr/otel, not of an engine')
  if (statusCode >= 300 && statusCode < 400)
    throw new FetchError('redirect', `status ${statusCode}: redirects are not followed`)
  if (statusCode !== 200) throw new FetchError('status', `status ${statusCode}`)
  const { 'content-encoding': encoding, 'transfer-encoding': transfer, 'content-length': length } = headers
  if (!/^(identity)?$/i.test(encoding ?? '') || !/^(chunked)?$/i.test(transfer ?? ''))
    throw new FetchError('content_encoding', 'the response is compressed')
  const dialect = dialectOf(headers['content-type'])
  if (dialect === undefined)
    throw new FetchError('content_type', 'the Content-Type is not that of an exposition')
  if (Number(length ?? 0) > maxBytes) throw new FetchError('limit', `more than ${maxBytes} bytes`)
  // Only the end of the connection would end such a body, also if the engine dies. OpenMetrics has # EOF.
  if (length === undefined && transfer === undefined && dialect === 'text')
    throw new FetchError('incomplete', 'the response has no Content-Length')
  return dialect
}

/** Returns the format that a Content-Type names; `undefined` if it names none that can be parsed. */
export function dialectOf(contentType: string | undefined): Dialect | undefined {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase())
  const values = new Map<string, string>()
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2)
    values.set(name, value.replace(/^"(.*)"$/, '$1'))
  }
  if (!['utf-8', 'utf8', 'us-ascii'].includes(values.get('charset') ?? 'utf-8')) return undefined
  const version = values.get('version')
  // Engines also send text/plain without a version.
  if (type === 'text/plain') return ['0.0.4', '1.0.0', undefined].includes(version) ? 'text' : undefined
  if (type !== 'application/openmetrics-text') return undefined
  return ['1.0.0', '0.0.1', undefined].includes(version) ? 'openmetrics' : undefined
}
