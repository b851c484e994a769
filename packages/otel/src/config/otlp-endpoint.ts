/** An OTLP endpoint in the parts that `VR_OPENTELEMETRY_*` name one by one. */
export interface OtlpEndpoint {
  readonly host: string
  /** `undefined`: the URL names none. */
  readonly port: number | undefined
  /** Whether the connection is in clear text. */
  readonly insecure: boolean
  /** Asked over HTTP; `{signal}` in it stands for `traces` or `metrics`. */
  readonly path: string
}

/**
 * Reads `OTEL_EXPORTER_OTLP_ENDPOINT` or its form for one signal: a URL, or for gRPC also `host:port`, which is in
 * clear text unless `OTEL_EXPORTER_OTLP_INSECURE` says otherwise (OTLP exporter specification). The path of the general
 * form is a base, below which the signals have theirs; that of a signal is asked as it is.
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
