import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { globalsOwner } from './neighbours.ts'

describe('globalsOwner', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'neighbours-'))
    mkdirSync(join(folder, 'src/deep'), { recursive: true })
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  function ownerWith(manifest: string): string | undefined {
    writeFileSync(join(folder, 'package.json'), manifest)
    return globalsOwner(join(folder, 'src/deep/server.mjs'))
  }

  it.each([
    '@opentelemetry/sdk-node',
    '@opentelemetry/sdk-trace-node',
    '@opentelemetry/auto-instrumentations-node',
    'dd-trace',
    'newrelic',
    '@sentry/node',
    '@elastic/opentelemetry-node',
    '@azure/monitor-opentelemetry',
  ])('is the application with %s', (name) => {
    const expected = `the application has an SDK of its own (${name})`
    expect(ownerWith(JSON.stringify({ dependencies: { fastify: '5', [name]: '1' } }))).toBe(expected)
    expect(ownerWith(JSON.stringify({ optionalDependencies: { [name]: '1' } }))).toBe(expected)
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
  ])('is nobody with %s', (_what, manifest) => {
    expect(ownerWith(manifest)).toBeUndefined()
  })

  it('is whoever has registered a global', () => {
    const key = Symbol.for('opentelemetry.js.api.1')
    const holder = globalThis as { [key]?: unknown }
    const before = holder[key]
    holder[key] = { version: '1.9.0', trace: {} }
    try {
      expect(ownerWith('{}')).toBe('OpenTelemetry API 1.9.0 has a global registered already')
    } finally {
      holder[key] = before
    }
  })
})
