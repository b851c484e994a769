/** Text between quotes in any format: label values, UTF-8 names and the HELP of OpenMetrics. */
export function escapeQuoted(text: string): string {
  return /[\\\n"]/.test(text) ? escapeLine(text).replaceAll('"', '\\"') : text
}

/** Text that runs to the end of its line: the HELP of the classic formats. */
export function escapeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
