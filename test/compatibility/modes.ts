import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const REGISTER = join(import.meta.dirname, '../../packages/otel/dist/register.js')

/** The Node option that starts telemetry, for `NODE_OPTIONS`. */
export const FLAG = `--import=${pathToFileURL(REGISTER).href}`

/** How telemetry is configured while a suite runs under the flag. */
export type Mode = 'metrics' | '1%' | '100%'

export const MODES: readonly Mode[] = ['metrics', '1%', '100%']

const RATIOS: Readonly<Record<Mode, string | undefined>> = { metrics: undefined, '1%': '0.01', '100%': '1' }

/**
 * Returns the environment of a suite.
 * @param mode `undefined`: without the flag
 * @param collectorPort port of the OTLP/HTTP collector that receives the spans
 */
export function environmentOf(mode: Mode | undefined, collectorPort: number): NodeJS.ProcessEnv {
  const base = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|VR_|OTEL_)/.test(name)),
  )
  if (mode === undefined) return base
  const ratio = RATIOS[mode]
  const tracing =
    ratio === undefined
      ? {}
      : {
          VR_TRACING_ENABLED: 'true',
          VR_TRACING_SAMPLE_RATIO: ratio,
          VR_OTEL_GLOBALS: 'on',
          VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf',
          VR_OPENTELEMETRY_HOST: '127.0.0.1',
          VR_OPENTELEMETRY_PORT: String(collectorPort),
        }
  return { ...base, NODE_OPTIONS: FLAG, ...tracing }
}
