import { checkSettings, SettingsError } from './config/check-settings.ts'
import type { OtelOptions } from './config/options.ts'
import { withPm2Variables } from './config/pm2-environment.ts'
import { readSettings } from './config/read-settings.ts'
import type { Settings } from './config/settings.ts'
import { findGlobalsOwner } from './globals/existing-sdk.ts'
import { createNoopHandle } from './lifecycle/handle.ts'
import { instance } from './lifecycle/instance.ts'
import type { OtelHandle } from './lifecycle/otel-handle.ts'
import { StderrLogger } from './logging/stderr-logger.ts'
import { writeToStderr } from './logging/write-to-stderr.ts'
import { unsupportedLine, unsupportedRuntime } from './runtime.ts'
import { type Caller, NOOP_METER_PROVIDER, StartSequence } from './start-sequence.ts'

/** Starts telemetry for `--import`. Never throws; exits with code 1 if the settings fail the strict check. */
export function register(): void {
  try {
    startOnce({}, 'flag')
  } catch (error) {
    if (error instanceof SettingsError) {
      writeToStderr(`@vr/otel error: ${error.message}\n`)
      process.exit(1)
    }
    const detail = error instanceof Error ? error.stack : error
    writeToStderr(`@vr/otel error: not started; the application runs without telemetry: ${detail}\n`)
  }
}

/** Starts telemetry from code; see `startOtel`. */
export function start(options: OtelOptions): OtelHandle {
  const reason = unsupportedRuntime()
  if (reason === undefined) return startOnce(options, 'code')
  writeToStderr(unsupportedLine(reason))
  return createNoopHandle(readSettings({}).settings, NOOP_METER_PROVIDER)
}

function startOnce(options: OtelOptions, caller: Caller): OtelHandle {
  const { settings, problems } = readSettings(withPm2Variables(process.env), options)
  const log = new StderrLogger(settings.logLevel)
  const running = instance()
  if (running !== undefined) {
    warnAlreadyRunning(running.version, options, log)
    return running.handle
  }
  if (settings.disabled) return createNoopHandle(settings, NOOP_METER_PROVIDER)
  const owner = globalsOwnerOf(settings)
  checkSettings(problems, settings, owner !== undefined, log)
  return new StartSequence(settings, owner, log, caller).run()
}

function warnAlreadyRunning(version: string, options: OtelOptions, log: StderrLogger): void {
  const message = `version ${version} is running already; this start does nothing`
  if (Object.keys(options).length === 0) log.debug(message)
  else
    log.warn(
      `${message}, and its options are ignored. Start it once, with the options or with --import @vr/otel/register`,
    )
}

function globalsOwnerOf({ globals }: Settings): string | undefined {
  if (globals === 'on') return undefined
  return globals === 'off' ? 'VR_OTEL_GLOBALS=off' : findGlobalsOwner(process.argv[1])
}
