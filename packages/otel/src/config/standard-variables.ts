import { closestName } from './closest-name.ts'

const SIGNAL_PARTS = ['', 'TRACES_', 'METRICS_', 'LOGS_', 'PROFILES_']
const OTLP_NAMES = [
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
 * and the semantic conventions, 2026). An application may set them for another SDK, so none counts as misspelled.
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
  ...SIGNAL_PARTS.flatMap((signal) => OTLP_NAMES.map((name) => `OTEL_EXPORTER_OTLP_${signal}${name}`)),
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

/** Variables of other languages, of instrumentations and of the Kubernetes operator, outside of the specification. */
const OTHER_FAMILIES =
  /^OTEL_(NODE|INSTRUMENTATION|RESOURCE_ATTRIBUTES|JAVA|JAVAAGENT|PYTHON|DOTNET|GO|RUBY|PHP|RUST|CPP)_/

/** Edits up to which a name counts as misspelled; different variables differ more, or are listed above. */
const MAX_EDITS = 2

/**
 * Returns the variable that a misspelled name was probably meant to be, for a name that begins with `OTEL_` in any case.
 * Returns `undefined` for a variable of the specification, and for a name that is close to none of `read`.
 * @param read the variables that this package reads
 */
export function closestStandardVariable(name: string, read: readonly string[]): string | undefined {
  if (read.includes(name) || SPECIFIED.has(name)) return undefined
  const upper = name.toUpperCase()
  const near = closestName(upper, read, MAX_EDITS)
  if (near !== undefined || OTHER_FAMILIES.test(upper)) return near
  const words = upper.split('_')
  if (words.length < 3) return undefined
  return (
    read.find((key) => missingWords(words, key) === 0) ?? read.find((key) => missingWords(words, key) === 1)
  )
}

/**
 * Returns how many words of a variable are missing in a name, in any order: 1 for `OTEL_EXPORTER_ENDPOINT` and
 * `OTEL_EXPORTER_OTLP_ENDPOINT`. Returns `undefined` if the name contains a word that the variable does not.
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
