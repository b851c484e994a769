/** Parses Prometheus and OpenMetrics text, with exemplars. */

/** The labels of a series or an exemplar. */
export type Labels = Readonly<Record<string, string>>

/** A sample line. */
export interface Sample {
  readonly name: string
  readonly labels: Labels
  readonly value: number
  readonly exemplar?: { readonly labels: Labels; readonly value: number }
}

/** Parses all samples. Throws at the first invalid line. */
export function parseExposition(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map(parseLine)
}

function parseLine(line: string): Sample {
  const [name] = /^[a-zA-Z_:][\w:]*/.exec(line) ?? []
  if (name === undefined) throw new Error(`invalid sample: ${line}`)
  const labels = readLabels(line, name.length)
  const [, value, rest = ''] = /^ (\S+)(?: \S+)?(?: # (.*))?$/.exec(line.slice(labels.end)) ?? []
  if (value === undefined) throw new Error(`invalid sample: ${line}`)
  const sample = { name, labels: labels.values, value: numberOf(value) }
  if (rest === '') return sample
  const exemplar = readLabels(rest, 0)
  const [, exemplarValue = 'NaN'] = /^ (\S+)/.exec(rest.slice(exemplar.end)) ?? []
  return { ...sample, exemplar: { labels: exemplar.values, value: numberOf(exemplarValue) } }
}

/** Parses `{a="b",…}` at position `start`, if present. `end` is the position after it. */
function readLabels(text: string, start: number): { values: Labels; end: number } {
  const values: Record<string, string> = {}
  if (text[start] !== '{') return { values, end: start }
  const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/y
  label.lastIndex = start + 1
  let end = start + 1
  for (let match = label.exec(text); match !== null; match = label.exec(text)) {
    const [, name = '', value = ''] = match
    values[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    end = label.lastIndex
  }
  if (text[end] !== '}') throw new Error(`invalid labels: ${text}`)
  return { values, end: end + 1 }
}

function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text)
}
