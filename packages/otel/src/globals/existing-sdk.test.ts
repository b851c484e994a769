import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findGlobalsOwner } from './existing-sdk.ts'

describe('findGlobalsOwner', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'existing-sdk-'))
    mkdirSync(join(folder, 'src/deep'), { recursive: true })
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  function ownerWith(manifest: string): string | undefined {
    writeFileSync(join(folder, 'package.json'), manifest)
    return findGlobalsOwner(join(folder, 'src/deep/server.mjs'))
  }

  it.each([
    '@appsignal/nodejs',
    '@arizeai/phoenix-otel',
    '@aws/aws-distro-opentelemetry-node-autoinstrumentation',
    '@azure/monitor-opentelemetry',
    '@elastic/opentelemetry-node',
    '@google-cloud/trace-agent',
    '@honeycombio/opentelemetry-node',
    '@hyperdx/node-opentelemetry',
    '@instana/collector',
    '@langfuse/otel',
    '@lumigo/opentelemetry',
    '@opentelemetry/auto-instrumentations-node',
    '@opentelemetry/sdk-metrics',
    '@opentelemetry/sdk-node',
    '@opentelemetry/sdk-trace',
    '@opentelemetry/sdk-trace-base',
    '@opentelemetry/sdk-trace-node',
    '@pydantic/logfire-node',
    '@sentry/nestjs',
    '@sentry/nextjs',
    '@sentry/node',
    '@sentry/opentelemetry',
    '@splunk/otel',
    '@traceloop/node-server-sdk',
    '@uptrace/node',
    '@vercel/otel',
    'appdynamics',
    'applicationinsights',
    'dd-trace',
    'elastic-apm-node',
    'newrelic',
    'openlit',
    'solarwinds-apm',
  ])('names %s, with which the application has its own SDK', (name) => {
    const expected = `the application has its own SDK: ${name}`
    expect(ownerWith(JSON.stringify({ dependencies: { fastify: '5', [name]: '1' } }))).toBe(expected)
    expect(ownerWith(JSON.stringify({ optionalDependencies: { [name]: '1' } }))).toBe(expected)
  })

  it.each([
    '@autotelic/fastify-opentelemetry',
    '@azure/core-tracing',
    '@azure/monitor-query-logs',
    '@datadog/browser-rum',
    '@datadog/datadog-api-client',
    '@dynatrace/devkit',
    '@dynatrace/strato-design-tokens',
    '@effect/opentelemetry',
    '@elastic/app-search-node',
    '@elastic/apm-rum',
    '@elastic/ecs-pino-format',
    '@elastic/elasticsearch',
    '@fastify/otel',
    '@google-cloud/monitoring',
    '@google-cloud/opentelemetry-cloud-trace-exporter',
    '@google-cloud/pubsub',
    '@google-cloud/storage',
    '@grafana/data',
    '@grafana/faro-web-sdk',
    '@hono/otel',
    '@hyperdx/browser',
    '@hyperdx/node-logger',
    '@langfuse/client',
    '@launchdarkly/node-server-sdk-otel',
    '@lumigo/cdk-constructs-v2',
    '@opentelemetry/api',
    '@opentelemetry/api-logs',
    '@opentelemetry/core',
    '@opentelemetry/exporter-prometheus',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/instrumentation-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-logs',
    '@opentelemetry/sdk-trace-web',
    '@opentelemetry/semantic-conventions',
    '@prisma/instrumentation',
    '@sentry/browser',
    '@sentry/cli',
    '@sentry/core',
    '@sentry/react',
    '@sentry/webpack-plugin',
    '@splunk/dashboard-telemetry',
    '@splunk/otel-web',
    '@traceloop/instrumentation-openai',
    '@vercel/analytics',
    '@vercel/functions',
    '@vercel/hono',
    '@vercel/node',
    '@vercel/sdk',
    'aws-xray-sdk-core',
    'bullmq-otel',
    'hot-shots',
    'langfuse',
    'libhoney',
    'nestjs-otel',
    'newrelic-winston',
    'pino-opentelemetry-transport',
    'prom-client',
  ])('is undefined with %s', (name) => {
    expect(ownerWith(JSON.stringify({ dependencies: { [name]: '1' } }))).toBeUndefined()
  })

  it.each([
    [
      'no SDK',
      JSON.stringify({
        dependencies: { '@opentelemetry/api': '1', '@vr/otel': '1', fastify: '5', openai: '7' },
      }),
    ],
    ['an SDK for development', JSON.stringify({ devDependencies: { '@opentelemetry/sdk-node': '1' } })],
    ['nothing', '{}'],
    ['no JSON', 'oops'],
  ])('is undefined with %s', (_what, manifest) => {
    expect(ownerWith(manifest)).toBeUndefined()
  })

  it.each([
    ['tool', { fastify: '5' }, '@sentry/nextjs'],
    ['program', { 'dd-trace': '5' }, 'dd-trace'],
  ])('reads package.json of an installed %s and of the application around it', (name, dependencies, sdk) => {
    const installed = join(folder, 'node_modules', name)
    mkdirSync(join(installed, 'bin'), { recursive: true })
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ dependencies }))
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ dependencies: { '@sentry/nextjs': '11', next: '16' } }),
    )
    expect(findGlobalsOwner(join(installed, 'bin/start.js'))).toBe(`the application has its own SDK: ${sdk}`)
  })

  it('names the API that has registered a global', () => {
    const key = Symbol.for('opentelemetry.js.api.1')
    const holder = globalThis as { [key]?: unknown }
    const before = holder[key]
    holder[key] = { version: '1.9.0', trace: {} }
    try {
      expect(ownerWith('{}')).toBe('OpenTelemetry API 1.9.0 globals are registered already')
    } finally {
      holder[key] = before
    }
  })
})
