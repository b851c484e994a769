/** An OTLP endpoint in the parts that `VR_OPENTELEMETRY_*` name one by one. */
export interface OtlpEndpoint {
  readonly host: string
  /** `undefined`: the default of the protocol. */
  readonly port: number | undefined
  /** Whether the connection is in clear text. */
  readonly insecure: boolean
}

/**
 * Reads `OTEL_EXPORTER_OTLP_ENDPOINT` or a form of it for one signal: a URL, or for gRPC also `host:port`, which is
 * in clear text unless `OTEL_EXPORTER_OTLP_INSECURE` says otherwise (OTLP exporter specification).
 */
export function parseOtlpEndpoint(text: string): OtlpEndpoint | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    return undefined
  }
  return {
    host: url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    insecure: url.protocol === 'http:',
  }
}
