import { logger } from '@vr/otel-metrics/internal'

/** Most different messages that one reader remembers, so that hostile names cannot fill the memory. */
const REMEMBERED = 1000

/** Tells a defect of the data once, as a warning of the API's diagnostics. Never throws. */
export type WarnOnce = (message: string) => void

/** A report that says every different message once, and nothing new once 1000 have been said. */
export function createWarnOnce(): WarnOnce {
  const said = new Set<string>()
  return (message) => {
    if (said.has(message) || said.size >= REMEMBERED) return
    said.add(message)
    logger.warn(`prometheus: ${message}`)
  }
}
