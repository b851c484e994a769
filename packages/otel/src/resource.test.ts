import { expect, it } from 'vitest'
import { readSettings } from './config/read-settings.ts'
import { createResource } from './resource.ts'
import { VERSION } from './version.ts'

const attributesWith = (environment: Record<string, string>) =>
  createResource(readSettings(environment).settings).attributes

it('has the required attributes of the semantic conventions: service, SDK and distribution', () => {
  expect(attributesWith({})).toEqual({
    'service.name': 'vllm-responses',
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': '@vr/otel',
    'telemetry.sdk.version': VERSION,
    'telemetry.distro.name': '@vr/otel',
    'telemetry.distro.version': VERSION,
  })
})

it.each([
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=listed,zone=a' }, 'listed'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=listed,zone=a', OTEL_SERVICE_NAME: 'named' }, 'named'],
])(
  'adds OTEL_RESOURCE_ATTRIBUTES; another setting takes precedence for service.name: %j',
  (environment, name) => {
    expect(attributesWith(environment)).toMatchObject({ 'service.name': name, zone: 'a' })
  },
)
