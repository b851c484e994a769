import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { OtlpOptions, OtlpProtocol, Signal } from '@vr/otel-exporters'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { NO_PORT } from './otlp-settings.ts'
import type { Settings } from './settings.ts'

/** Loads modules that only TLS needs. */
const load = createRequire(import.meta.url)

/** Options of an OTLP exporter, with the protocol that selects it. */
export type OtlpExporterOptions = OtlpOptions & { readonly protocol: OtlpProtocol }

/** Remedies by category of failure: the settings to check. */
const HINTS = {
  connection:
    'VR_OPENTELEMETRY_HOST, VR_OPENTELEMETRY_PORT, VR_OPENTELEMETRY_PROTOCOL, VR_OPENTELEMETRY_INSECURE',
  credentials: 'VR_OPENTELEMETRY_HEADERS, VR_OPENTELEMETRY_CERT_FILE',
  endpoint:
    'VR_OPENTELEMETRY_PROTOCOL, VR_OPENTELEMETRY_PORT, VR_OPENTELEMETRY_PATH, and whether the collector accepts this signal',
  data: 'the limits of the collector',
}

const CAPACITY_HINTS: Readonly<Record<Signal, string>> = {
  traces: 'OTEL_BSP_MAX_QUEUE_SIZE, VR_TRACING_SAMPLE_RATIO and the capacity of the collector',
  metrics: 'VR_METRICS_EXPORT_INTERVAL_MS and the capacity of the collector',
}

const HINTS_FOR_TLS = { ...HINTS, connection: `${HINTS.connection}, VR_OPENTELEMETRY_CA_FILE` }

/**
 * Returns the options of the exporter of a signal. Reads certificate files; a file that cannot be used is logged and ignored.
 * Without a CA file, TLS trusts the certificate authorities of Node.
 */
export function otlpExporterOptions(
  settings: Settings,
  signal: Signal,
  log: StderrLogger,
): OtlpExporterOptions {
  const protocol = settings.otlpProtocol[signal]
  const isInsecure = settings.otlpInsecure[signal]
  if (isInsecure) warnAboutUnusedCertificates(settings, signal, log)
  return {
    protocol,
    url: urlOf(settings, signal),
    headers: settings.otlpHeaders[signal],
    timeoutMillis: settings.otlpTimeout[signal],
    compression: settings.otlpCompression[signal],
    ...(isInsecure ? {} : readCertificates(settings, signal, log)),
    log,
    hints: { ...(isInsecure ? HINTS : HINTS_FOR_TLS), capacity: CAPACITY_HINTS[signal] },
  }
}

/** Returns URL and protocol as text: `http://localhost:4317 over gRPC`. */
export function describeDestination({ url, protocol }: OtlpExporterOptions): string {
  return `${url} over ${protocol === 'grpc' ? 'gRPC' : protocol}`
}

function urlOf(settings: Settings, signal: Signal): string {
  const isGrpc = settings.otlpProtocol[signal] === 'grpc'
  const isInsecure = settings.otlpInsecure[signal]
  const host = settings.otlpHost[signal]
  const given = settings.otlpPort[signal] ?? (isGrpc ? 4317 : 4318)
  const port = given !== NO_PORT ? given : isGrpc ? 4317 : isInsecure ? 80 : 443
  const isBareAddress = host.includes(':') && !host.startsWith('[')
  const origin = `${isInsecure ? 'http' : 'https'}://${isBareAddress ? `[${host}]` : host}:${port}`
  return isGrpc ? origin : origin + settings.otlpPath[signal].replace('{signal}', signal)
}

type Certificates = Pick<OtlpOptions, 'ca' | 'cert' | 'key'>

/** Returns the certificate files that are given, with the variables that name them. */
function filesOf(settings: Settings, signal: Signal) {
  const files = [
    { name: 'ca', setting: 'otlpCaFile' },
    { name: 'cert', setting: 'otlpCertFile' },
    { name: 'key', setting: 'otlpKeyFile' },
  ] as const
  return files.flatMap(({ name, setting }) => {
    const file = settings[setting][signal]
    const variable = settings.sources[setting][signal]
    return file === undefined || variable === undefined ? [] : [{ name, variable, file }]
  })
}

/** Warns if certificates are given and TLS is off. */
function warnAboutUnusedCertificates(settings: Settings, signal: Signal, log: StderrLogger): void {
  for (const { variable } of filesOf(settings, signal)) {
    log.warn(
      `${variable} ignored: TLS is off, so ${signal} are sent without encryption. Set VR_OPENTELEMETRY_INSECURE=false to use TLS`,
    )
  }
}

function readCertificates(settings: Settings, signal: Signal, log: StderrLogger): Certificates {
  const read: { -readonly [Name in keyof Certificates]: Buffer } = {}
  for (const { name, variable, file } of filesOf(settings, signal)) {
    try {
      const content = readFileSync(file)
      if (name === 'ca') assertCertificate(content)
      read[name] = content
    } catch (error) {
      log.error(
        `${variable}: got "${file}", expected a readable PEM file, using none: ${String(error)}. The collector may reject connections`,
      )
    }
  }
  return Object.keys(read).length === 0 ? {} : checkTogether(read, log)
}

/** @throws Error for a file without a certificate, which TLS would accept and then trust no authority */
function assertCertificate(pem: Buffer): void {
  const { X509Certificate } = load('node:crypto') as typeof import('node:crypto')
  new X509Certificate(pem.toString('latin1'))
}

function checkTogether(certificates: Certificates, log: StderrLogger): Certificates {
  const tls = load('node:tls') as typeof import('node:tls')
  try {
    tls.createSecureContext(certificates)
    return certificates
  } catch (error) {
    log.error(
      `VR_OPENTELEMETRY_CA_FILE, VR_OPENTELEMETRY_CERT_FILE and VR_OPENTELEMETRY_KEY_FILE: cannot be used together, using none: ${String(error)}. Check that the key belongs to the certificate`,
    )
    return {}
  }
}
