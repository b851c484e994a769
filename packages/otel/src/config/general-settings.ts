import { boolean, oneOf, pairs, text, urlPath } from './codecs.ts'
import { setting } from './setting.ts'

/** Settings of all of it. */
export const GENERAL_SETTINGS = {
  disabled: setting({
    key: 'VR_OTEL_DISABLED',
    fallbacks: [{ key: 'OTEL_SDK_DISABLED' }],
    kind: boolean,
    default: false,
    meaning: 'Nothing is started; nothing else is read or said.',
  }),
  serviceName: setting({
    key: 'VR_OTEL_SERVICE_NAME',
    fallbacks: [{ key: 'OTEL_SERVICE_NAME' }],
    kind: text,
    default: 'vllm-responses',
    meaning: '`service.name` of the resource.',
  }),
  resourceAttributes: setting({
    key: 'OTEL_RESOURCE_ATTRIBUTES',
    kind: pairs,
    default: {},
    meaning: 'More attributes of the resource; `service.name` only counts where no other setting names it.',
  }),
  logLevel: setting({
    key: 'VR_OTEL_LOG_LEVEL',
    fallbacks: [{ key: 'OTEL_LOG_LEVEL' }],
    kind: oneOf('none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'),
    default: 'warn',
    meaning: 'Diagnostics on stderr up to this level; the start line is said unless it is `none` or `error`.',
  }),
  strict: setting({
    key: 'VR_OTEL_STRICT',
    kind: boolean,
    default: false,
    meaning: 'A setting that is not valid or not known ends the process with exit code 1 at its start.',
  }),
  globals: setting({
    key: 'VR_OTEL_GLOBALS',
    kind: oneOf('auto', 'on', 'off'),
    default: 'auto',
    meaning:
      "Register our providers as the OpenTelemetry API's globals. `auto`: unless the nearest `package.json` above the entry file names an OpenTelemetry SDK or another agent (by exact package names), or a global is there already.",
  }),
  healthPath: setting<string>({
    key: 'VR_HEALTH_PATH',
    kind: urlPath,
    default: undefined,
    meaning:
      "If set, answered with `200 {}` on the application's server that answers the pull endpoint. The listener of its own always has `/health` and `/ready`.",
  }),
}
