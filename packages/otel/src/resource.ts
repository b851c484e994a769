import { randomUUID } from 'node:crypto'
import {
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { SETTINGS, type Settings } from './config/settings.ts'
import { VERSION } from './version.ts'

/**
 * Who the telemetry speaks of: `OTEL_RESOURCE_ATTRIBUTES`, over it the service's name if one is set, and a random
 * `service.instance.id` for this process. Nothing is asked of the network or the operating system.
 */
export function createResource({ serviceName }: Settings): Resource {
  const given = detectResources({ detectors: [resourceAttributesEnvDetector] })
  const isNamed = serviceName !== SETTINGS.serviceName.default
  return resourceFromAttributes({
    'service.name': serviceName,
    'service.instance.id': randomUUID(),
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.distro.name': '@vr/otel',
    'telemetry.distro.version': VERSION,
  })
    .merge(given)
    .merge(resourceFromAttributes(isNamed ? { 'service.name': serviceName } : {}))
}
