import { boolean, oneOf, standardBoolean, text, urlPath } from './codecs.ts'
import { pairs } from './pair-codecs.ts'
import { setting } from './setting.ts'

/** General settings. */
export const GENERAL_SETTINGS = {
  disabled: setting({
    key: 'VR_OTEL_DISABLED',
    fallbacks: [{ key: 'OTEL_SDK_DISABLED', codec: standardBoolean }],
    codec: boolean,
    default: false,
    description: '`true` turns everything off. No other setting is read and nothing is logged.',
  }),
  serviceName: setting<string>({
    key: 'VR_OTEL_SERVICE_NAME',
    fallbacks: [{ key: 'OTEL_SERVICE_NAME' }],
    codec: text,
    default: undefined,
    description:
      'The resource attribute `service.name`. Unset: the name in the nearest `package.json` above the entry file, else `vllm-responses`.',
  }),
  resourceAttributes: setting({
    key: 'OTEL_RESOURCE_ATTRIBUTES',
    codec: pairs,
    default: {},
    description:
      'Additional resource attributes. `service.name` here is used only if no other setting gives it.',
  }),
  logLevel: setting({
    key: 'VR_OTEL_LOG_LEVEL',
    fallbacks: [{ key: 'OTEL_LOG_LEVEL' }],
    codec: oneOf('none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'),
    default: 'warn',
    description:
      'The most detailed level that is logged on stderr. `none` and `error` also suppress the start line.',
  }),
  strict: setting({
    key: 'VR_OTEL_STRICT',
    codec: boolean,
    default: false,
    description:
      '`true`: an invalid or unknown setting ends the process at start with exit code 1; `startOtel()` throws an Error instead.',
  }),
  globals: setting({
    key: 'VR_OTEL_GLOBALS',
    codec: oneOf('auto', 'on', 'off'),
    default: 'auto',
    description:
      'Whether to register our providers as the globals of the OpenTelemetry API. `auto` registers them unless a global is already registered, or the nearest `package.json` above the entry file lists an OpenTelemetry SDK or another agent by its exact package name.',
  }),
  healthPath: setting<string>({
    key: 'VR_HEALTH_PATH',
    codec: urlPath,
    default: undefined,
    description:
      'Path of an endpoint for liveness on the server of the application, that answers `200 {}`. The standalone metrics server (`VR_METRICS_PORT`) always has `/health` and `/ready`. See [health](health.md).',
  }),
  healthReadyPath: setting<string>({
    key: 'VR_HEALTH_READY_PATH',
    codec: urlPath,
    default: undefined,
    description:
      'Path of an endpoint for readiness on the server of the application. It answers 200, or 503 with the reasons as JSON. See [health](health.md#readiness).',
  }),
}
