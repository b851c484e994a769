import type { Setting } from '../src/config/setting.ts'
import { SETTINGS } from '../src/config/settings.ts'
import { GENERATED } from './generated.ts'
import { describeDefault, describeFallbacks, describeSignalVariables } from './setting-docs.ts'

/** `docs/configuration.md`: every setting, from the table of settings. */
export function configurationPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, row]) => settingRow(name, row as Setting<unknown>))
  return `${GENERATED}

# Settings

- **Precedence**: options of \`startOtel()\`, then \`VR_*\` variables, then \`OTEL_*\` variables, then the default. Among
  \`OTEL_*\` variables, a variable for one signal takes precedence for its signal over the general one.
- **Booleans** in \`VR_*\` variables accept \`1 true t yes y on\` and \`0 false f no n off\`, in any case; those in \`OTEL_*\`
  variables only \`true\` and \`false\`, as the OpenTelemetry specification requires. A blank value counts as unset.
- **Invalid values** are logged on stderr, all in one report, as \`KEY: got "…", expected …, using …\`. The report includes
  misspelled keys: unknown \`VR_*\` keys, and \`OTEL_*\` keys that nearly match one in the table. With
  \`VR_OTEL_STRICT=true\` the process then exits with code 1. Credentials in URLs are masked.
- **Collector address**: if \`VR_OPENTELEMETRY_HOST\`, \`_PORT\`, \`_PROTOCOL\` or \`_INSECURE\` is set, every
  \`OTEL_EXPORTER_OTLP_*ENDPOINT\` is ignored, and the log names it.

| Variable | In code | Falls back to | For one signal | Default | Expected | Meaning |
|---|---|---|---|---|---|---|
${rows.join('\n')}

## Differences from the OpenTelemetry defaults

Some standard variables have another default here than in the OpenTelemetry specification:

| Variable | Default of the specification | Here |
|---|---|---|
| \`OTEL_SERVICE_NAME\` | \`unknown_service:node\` | the name in the \`package.json\` of the application, else \`vllm-responses\` |
| \`OTEL_LOG_LEVEL\` | \`info\` | ${describeDefault(SETTINGS.logLevel as Setting<unknown>)} |
| \`OTEL_METRICS_EXPORTER\` | \`otlp\` | ${describeDefault(SETTINGS.metricsExporter as Setting<unknown>)} |
| \`OTEL_EXPORTER_PROMETHEUS_PORT\` | \`9464\` | ${describeDefault(SETTINGS.metricsPort as Setting<unknown>)}: the server of the application answers |
| \`OTEL_EXPORTER_OTLP_PROTOCOL\` | \`http/protobuf\` | ${describeDefault(SETTINGS.otlpProtocol as Setting<unknown>)} |
| \`OTEL_TRACES_EXPORTER\` | \`otlp\` | ${describeDefault(SETTINGS.tracesExporter as Setting<unknown>)}, once \`VR_TRACING_ENABLED\` is \`true\` |
| \`OTEL_TRACES_SAMPLER\` | \`parentbased_always_on\` | \`parentbased_traceidratio\` with the ratio ${describeDefault(SETTINGS.sampleRatio as Setting<unknown>)} |
| \`OTEL_PROPAGATORS\` | \`tracecontext,baggage\` | ${describeDefault(SETTINGS.propagators as Setting<unknown>)}: baggage may hold data that is not meant for other services |

Every sampler respects the decision of a caller: \`always_on\`, \`always_off\` and \`traceidratio\` mean the same as with
\`parentbased_\`. Set \`VR_TRACING_TRUST_PARENT=false\` to ignore callers.
`
}

function settingRow(name: string, row: Setting<unknown>): string {
  const { key, codec, description } = row
  const cells = [
    `\`${key}\``,
    `\`${name}\``,
    describeFallbacks(row).join(', '),
    describeSignalVariables(row).join(', '),
    describeDefault(row),
    codec.expected,
    description,
  ]
  return `| ${cells.join(' | ')} |`
}
