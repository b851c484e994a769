import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { OtlpOptions, OtlpProtocol, Signal } from '@vr/otel-exporters'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { NO_PORT } from './otlp-settings.ts'
import type { Settings } from './settings.ts'

/** Only loaded for TLS. */
const load = createRequire(import.meta.url)

/** What an OTLP exporter is made with, as the settings have it. */
export type OtlpExporterOptions = OtlpOptions & { readonly protocol: OtlpProtocol }

/** The settings to look at, by what is at fault. */
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
 * How the telemetry of a signal reaches the collector. Files that cannot be used are said and left out: the
 * application runs, and TLS trusts nobody more for it.
 */
export function otlpExporterOptions(
  settings: Settings,
  signal: Signal,
  report: StderrLogger,
): OtlpExporterOptions {
  const protocol = settings.otlpProtocol[signal]
  const isInsecure = settings.otlpInsecure[signal]
  if (isInsecure) complainOfClearText(settings, signal, report)
  return {
    protocol,
    url: urlOf(settings, signal),
    headers: settings.otlpHeaders[signal],
    timeoutMillis: settings.otlpTimeout[signal],
    compression: settings.otlpCompression[signal],
    ...(isInsecure ? {} : readCertificates(settings, signal, report)),
    log: report,
    hints: { ...(isInsecure ? HINTS : HINTS_FOR_TLS), capacity: CAPACITY_HINTS[signal] },
  }
}

/** Where that is and how, for people: `http://localhost:4317 over gRPC`. */
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

/** The files that are given, by what they are for. */
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

/** Who gives certificates means to use TLS. */
function complainOfClearText(settings: Settings, signal: Signal, report: StderrLogger): void {
  for (const { variable, file } of filesOf(settings, signal)) {
    report.warn(
      `${variable}: got "${file}", expected VR_OPENTELEMETRY_INSECURE=false with it, using none: ${signal} are sent in clear text`,
    )
  }
}

function readCertificates(settings: Settings, signal: Signal, report: StderrLogger): Certificates {
  const read: { -readonly [Name in keyof Certificates]: Buffer } = {}
  for (const { name, variable, file } of filesOf(settings, signal)) {
    try {
      const content = readFileSync(file)
      if (name === 'ca') assertCertificate(content)
      read[name] = content
    } catch (error) {
      report.error(`${variable}: got "${file}", expected a PEM file (${String(error)}), using none`)
    }
  }
  return Object.keys(read).length === 0 ? {} : checked(read, report)
}

/** TLS takes any file for authorities, and then trusts none. */
function assertCertificate(pem: Buffer): void {
  const { X509Certificate } = load('node:crypto') as typeof import('node:crypto')
  new X509Certificate(pem.toString('latin1'))
}

function checked(certificates: Certificates, report: StderrLogger): Certificates {
  const tls = load('node:tls') as typeof import('node:tls')
  try {
    tls.createSecureContext(certificates)
    return certificates
  } catch (error) {
    report.error(
      `VR_OPENTELEMETRY_CA_FILE, _CERT_FILE and _KEY_FILE: not usable together (${String(error)}), using none`,
    )
    return {}
  }
}
