import { randomUUID } from 'node:crypto'
import type { Attributes } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { applicationName } from './application/application-manifest.ts'
import type { Settings } from './config/settings.ts'
import { VERSION } from './version.ts'

/**
 * Creates the resource of spans and metrics: `OTEL_RESOURCE_ATTRIBUTES`, the service name of the settings or of the application's
 * `package.json`, and a random `service.instance.id` for this process. Makes no network requests and no system calls for detection.
 *
 * `telemetry.sdk.name` is this package, with its version: the metrics SDK and the exporters are its own, and the value
 * `opentelemetry` is reserved for OpenTelemetry's own SDK (semantic conventions "Telemetry SDK").
 *
 * Does not use `@opentelemetry/resources`: as an ES module it reads every property of `process`, which opens the streams of
 * stdin and stdout.
 * @param entry the file that the process runs; default: the second argument of its command line
 */
export function createResource(
  { serviceName, resourceAttributes, constLabels }: Settings,
  entry: string | undefined = process.argv[1],
): Resource {
  const given = serviceName ?? constLabels['service.name'] ?? resourceAttributes['service.name']
  return resourceOf({
    'service.name': given ?? applicationName(entry) ?? DEFAULT_NAME,
    'service.instance.id': randomUUID(),
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': '@vr/otel',
    'telemetry.sdk.version': VERSION,
    'telemetry.distro.name': '@vr/otel',
    'telemetry.distro.version': VERSION,
    ...resourceAttributes,
    ...constLabels,
    ...(serviceName !== undefined ? { 'service.name': serviceName } : {}),
  })
}

/** `service.name` of an application without a name. */
const DEFAULT_NAME = 'vllm-responses'

/** Returns the resource with these attributes. */
export function resourceOf(attributes: Readonly<Attributes>): Resource {
  return {
    attributes,
    asyncAttributesPending: false,
    merge: (other) =>
      other === null ? resourceOf(attributes) : resourceOf({ ...attributes, ...other.attributes }),
    getRawAttributes: () => Object.entries(attributes),
  }
}
