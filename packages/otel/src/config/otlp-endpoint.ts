/** An OTLP endpoint in the parts that the `VR_OPENTELEMETRY_*` settings set one by one. */
export interface OtlpEndpoint {
  readonly host: string
  /** `undefined` if the URL has none. */
  readonly port: number | undefined
  /** Whether the connection has no TLS. */
  readonly insecure: boolean
  /** Request path over HTTP; `{signal}` is replaced by `traces` or `metrics`. */
  readonly path: string
}

/**
 * Parses `OTEL_EXPORTER_OTLP_ENDPOINT`, or its variant for one signal: a URL, or for gRPC also `host:port`, without TLS
 * unless `OTEL_EXPORTER_OTLP_INSECURE` is `false` (specification "OpenTelemetry Protocol Exporter"). The path of the
 * general variable is a base to which `/v1/traces` or `/v1/metrics` is added; that of a signal is used as it is.
 */
export function parseOtlpEndpoint(
  text: string,
  {
    isOfSignal,
    isInsecure = true,
  }: { readonly isOfSignal: boolean; readonly isInsecure?: boolean | undefined },
): OtlpEndpoint | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const url = URL.parse(hasScheme ? text : `http://${text}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    return undefined
  }
  return {
    host: url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    insecure: hasScheme ? url.protocol === 'http:' : isInsecure,
    path: isOfSignal ? url.pathname : `${url.pathname.replace(/\/$/, '')}/v1/{signal}`,
  }
}
