import type { RequestOptions } from 'node:http'
import { ENGINE_FETCH_HEADER } from '../../engine-fetch-header.ts'

/**
 * OpenMetrics has exemplars, units and start times. Without `escaping=allow-utf-8`, the Python client replaces the colon
 * in `vllm:x`. It ignores `q` and uses the first format.
 */
const ACCEPT = [
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8',
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.8',
  'text/plain;version=0.0.4;q=0.5',
].join(',')

/** Returns the options of a request to a metrics endpoint. */
export function requestOptions(url: URL, timeoutMs: number): RequestOptions {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    path: url.pathname + url.search,
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(url.username + url.password !== '' && { auth: `${decode(url.username)}:${decode(url.password)}` }),
    headers: {
      Accept: ACCEPT,
      'Accept-Encoding': 'identity',
      'X-Prometheus-Scrape-Timeout-Seconds': String(timeoutMs / 1000),
      [ENGINE_FETCH_HEADER]: '1',
    },
  }
}

/** A URL can contain a percent sign that starts no escape. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
