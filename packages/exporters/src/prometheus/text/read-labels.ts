/** One label as `renderLabels` writes it; the name is quoted if it is a UTF-8 name. */
const LABEL = /(?:"((?:[^"\\]|\\.)*)"|([^",=]+))="((?:[^"\\]|\\.)*)"/gs

/** Reads the text of `renderLabels` back. */
export function readLabels(rendered: string): Record<string, string> {
  const labels = [...rendered.matchAll(LABEL)].map(([, quoted, name = '', value = '']) => [
    quoted === undefined ? name : unescaped(quoted),
    unescaped(value),
  ])
  return Object.fromEntries(labels)
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character))
}
