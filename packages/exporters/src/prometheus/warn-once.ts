import { logger } from '@vr/otel-metrics/internal'

/** Maximum number of different messages of a reader, so that hostile metric names cannot fill the memory or the log. */
const MAX_MESSAGES = 1000

/** Logs a problem of the collected data as a warning, unless the same message was logged before. Never throws. */
export type WarnOnce = (message: string) => void

/** Creates a function that logs every different message once, and at most 1000 messages. */
export function createWarnOnce(): WarnOnce {
  const logged = new Set<string>()
  return (message) => {
    if (logged.has(message) || logged.size >= MAX_MESSAGES) return
    logged.add(message)
    logger.warn(`prometheus: ${message}`)
  }
}
