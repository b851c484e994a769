import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readSettings } from './config/read-settings.ts'
import { createResource } from './resource.ts'
import { VERSION } from './version.ts'

const ENTRY = '/without/package.json/server.mjs'

const attributesWith = (environment: Record<string, string>, entry = ENTRY) =>
  createResource(readSettings(environment).settings, entry).attributes

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

it('is named after the package.json of the application, unless a setting names it', () => {
  const entry = fileURLToPath(import.meta.url)
  expect(attributesWith({}, entry)['service.name']).toBe('@vr/otel')
  for (const environment of [
    { VR_OTEL_SERVICE_NAME: 'vllm-responses' },
    { OTEL_SERVICE_NAME: 'vllm-responses' },
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=vllm-responses' },
  ])
    expect(attributesWith(environment, entry)['service.name']).toBe('vllm-responses')
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
