import { closestName } from './closest-name.ts'

const OF_SIGNALS = ['', 'TRACES_', 'METRICS_', 'LOGS_', 'PROFILES_']
const OF_OTLP = [
  'CERTIFICATE',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
  'COMPRESSION',
  'ENDPOINT',
  'HEADERS',
  'INSECURE',
  'PROTOCOL',
  'TIMEOUT',
]

/**
 * Variables of the OpenTelemetry specification ("Environment Variable Specification", "OpenTelemetry Protocol Exporter"
 * and the semantic conventions, 2026). An application may set any of them for another SDK, so none is a mistyped one.
 */
const SPECIFIED: ReadonlySet<string> = new Set([
  'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_BLRP_EXPORT_TIMEOUT',
  'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_BLRP_MAX_QUEUE_SIZE',
  'OTEL_BLRP_SCHEDULE_DELAY',
  'OTEL_BSP_EXPORT_TIMEOUT',
  'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_SCHEDULE_DELAY',
  'OTEL_CONFIG_FILE',
  'OTEL_ENTITIES',
  'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_EXPERIMENTAL_CONFIG_FILE',
  'OTEL_EXPORTER_JAEGER_AGENT_HOST',
  'OTEL_EXPORTER_JAEGER_AGENT_PORT',
  'OTEL_EXPORTER_JAEGER_ENDPOINT',
  'OTEL_EXPORTER_JAEGER_PASSWORD',
  'OTEL_EXPORTER_JAEGER_PROTOCOL',
  'OTEL_EXPORTER_JAEGER_TIMEOUT',
  'OTEL_EXPORTER_JAEGER_USER',
  ...OF_SIGNALS.flatMap((signal) => OF_OTLP.map((name) => `OTEL_EXPORTER_OTLP_${signal}${name}`)),
  'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
  'OTEL_EXPORTER_OTLP_METRIC_INSECURE',
  'OTEL_EXPORTER_OTLP_SPAN_INSECURE',
  'OTEL_EXPORTER_PROMETHEUS_HOST',
  'OTEL_EXPORTER_PROMETHEUS_PORT',
  'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
  'OTEL_EXPORTER_ZIPKIN_PROTOCOL',
  'OTEL_EXPORTER_ZIPKIN_TIMEOUT',
  'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_LOGS_EXPORTER',
  'OTEL_LOG_LEVEL',
  'OTEL_METRICS_EXEMPLAR_FILTER',
  'OTEL_METRICS_EXPORTER',
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_METRIC_EXPORT_TIMEOUT',
  'OTEL_PROPAGATORS',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SDK_DISABLED',
  'OTEL_SEMCONV_STABILITY_OPT_IN',
  'OTEL_SERVICE_NAME',
  'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_SPAN_EVENT_COUNT_LIMIT',
  'OTEL_SPAN_LINK_COUNT_LIMIT',
  'OTEL_TRACES_EXPORTER',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
])

/** Families of other languages, instrumentations and Kubernetes' operator, which the specification leaves to them. */
const OF_OTHERS =
  /^OTEL_(NODE|INSTRUMENTATION|RESOURCE_ATTRIBUTES|JAVA|JAVAAGENT|PYTHON|DOTNET|GO|RUBY|PHP|RUST|CPP)_/

/** Edits of a mistyped name at most; names of different variables are further apart than that, or listed above. */
const MOST_EDITS = 2

/**
 * Returns the variable that a mistyped name is meant to be, for a name that begins with `OTEL_` in any case.
 * `undefined` for a variable of the specification and for every name that is near none of `read`.
 * @param read the variables that this package reads
 */
export function closestStandardVariable(name: string, read: readonly string[]): string | undefined {
  if (read.includes(name) || SPECIFIED.has(name)) return undefined
  const upper = name.toUpperCase()
  const near = closestName(upper, read, MOST_EDITS)
  if (near !== undefined || OF_OTHERS.test(upper)) return near
  const words = upper.split('_')
  if (words.length < 3) return undefined
  return (
    read.find((key) => missingWords(words, key) === 0) ?? read.find((key) => missingWords(words, key) === 1)
  )
}

/**
 * How many words of a variable are missing in a name with the same words in any order: 1 of `OTEL_EXPORTER_ENDPOINT`.
 * `undefined` if the name has another word.
 */
function missingWords(words: readonly string[], key: string): number | undefined {
  const left = key.split('_')
  for (const word of words) {
    const at = left.indexOf(word)
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left.length
}
