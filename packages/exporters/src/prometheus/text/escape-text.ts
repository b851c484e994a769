/** Escapes text in quotes: label values, UTF-8 names, and HELP of OpenMetrics. */
export function escapeQuoted(text: string): string {
  return /[\\\n"]/.test(text) ? escapeLine(text).replaceAll('"', '\\"') : text
}

/** Escapes text that ends at the line end: HELP of the text formats 0.0.4 and 1.0.0. */
export function escapeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
