import type { Log } from '../outage.ts'

/** A log that records its messages. */
export function recordedLog(): Log & { readonly lines: string[] } {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { lines, error: at('error'), warn: at('warn'), info: at('info') }
}
