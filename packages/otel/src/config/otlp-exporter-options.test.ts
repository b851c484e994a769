import { describe, expect, it } from 'vitest'
import { StderrLogger } from '../logging/stderr-logger.ts'
import { describeDestination, otlpExporterOptions } from './otlp-exporter-options.ts'
import { type Environment, readSettings } from './read-settings.ts'

function connect(environment: Environment, signal: 'traces' | 'metrics' = 'metrics') {
  const lines: string[] = []
  const log = new StderrLogger('warn', (line) => lines.push(line))
  const connection = otlpExporterOptions(readSettings(environment).settings, signal, log)
  return { connection, lines }
}

describe('describeDestination', () => {
  it.each<[Environment, string]>([
    [{}, 'http://localhost:4317 over gRPC'],
    [{ VR_OPENTELEMETRY_PROTOCOL: 'http/json' }, 'http://localhost:4318/v1/metrics over http/json'],
    [{ VR_OPENTELEMETRY_HOST: '::1', VR_OPENTELEMETRY_INSECURE: 'false' }, 'https://[::1]:4317 over gRPC'],
    [
      {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://vendor.example/otlp',
      },
      'https://vendor.example:443/otlp/v1/metrics over http/protobuf',
    ],
    [
      {
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://prometheus:9090/api/v1/otlp/v1/metrics',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317',
      },
      'http://prometheus:9090/api/v1/otlp/v1/metrics over http/protobuf',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector' }, 'http://collector:4317 over gRPC'],
    [
      { VR_OPENTELEMETRY_HOST: 'ours', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://theirs:1' },
      'http://ours:4317 over gRPC',
    ],
  ])('%j: %s', (environment, expected) => {
    expect(describeDestination(connect(environment).connection)).toBe(expected)
  })

  it('differs by signal', () => {
    const environment = { VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf' }
    expect(connect(environment, 'traces').connection.url).toBe('http://localhost:4318/v1/traces')
  })
})

describe('certificate files', () => {
  it('are logged and ignored if they cannot be read or are not PEM', () => {
    const { connection, lines } = connect({
      VR_OPENTELEMETRY_INSECURE: 'false',
      VR_OPENTELEMETRY_CA_FILE: '/nowhere/ca.pem',
      VR_OPENTELEMETRY_CERT_FILE: import.meta.filename,
    })
    expect(connection).not.toHaveProperty('ca')
    expect(connection).not.toHaveProperty('cert')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('VR_OPENTELEMETRY_CA_FILE: got "/nowhere/ca.pem"')
  })

  it('are logged with the variable that names them', () => {
    const { lines } = connect({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://there',
      OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: '/nowhere/ca.pem',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/nowhere/key.pem',
    })
    expect(lines.map((line) => line.split(':')[0])).toEqual(['@vr/otel error', '@vr/otel error'])
    expect(lines.join()).toContain('OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: got "/nowhere/ca.pem"')
    expect(lines.join()).toContain('OTEL_EXPORTER_OTLP_CLIENT_KEY: got "/nowhere/key.pem"')
  })

  it('are not read without TLS, with a warning', () => {
    expect(connect({ VR_OPENTELEMETRY_CA_FILE: '/nowhere/ca.pem' }).lines).toEqual([
      '@vr/otel warn: VR_OPENTELEMETRY_CA_FILE ignored: TLS is off, so metrics are sent without encryption. Set VR_OPENTELEMETRY_INSECURE=false to use TLS\n',
    ])
  })

  it('of authorities are logged and ignored if they contain no certificate', () => {
    const { connection, lines } = connect({
      VR_OPENTELEMETRY_INSECURE: 'false',
      VR_OPENTELEMETRY_CA_FILE: import.meta.filename,
    })
    expect(connection).not.toHaveProperty('ca')
    expect(lines.join()).toContain('VR_OPENTELEMETRY_CA_FILE: got')
  })
})

describe('the hints for failures', () => {
  it('name the CA file only with TLS', () => {
    const hint = (insecure: string) =>
      connect({ VR_OPENTELEMETRY_INSECURE: insecure }).connection.hints?.connection
    expect(hint('false')).toBe(`${hint('true')}, VR_OPENTELEMETRY_CA_FILE`)
  })
})
