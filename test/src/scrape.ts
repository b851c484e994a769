import { type ParsedSample, parseStrictly } from '../../packages/exporters/src/testing/strict-parser.ts'

export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'

/** Scrapes a URL, by default in OpenMetrics, and parses the answer; throws if it breaks a rule of the format. */
export async function scrape(
  url: string,
  accept: string = OPENMETRICS,
  headers: Readonly<Record<string, string>> = {},
): Promise<Scrape> {
  const answer = await fetch(url, { headers: { accept, ...headers } })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${answer.status}: ${text}`)
  const dialect = answer.headers.get('content-type')?.includes('openmetrics') ? 'openmetrics' : 'text'
  return new Scrape(
    text,
    parseStrictly(text, dialect).flatMap(({ samples }) => samples),
  )
}

/** The result of a scrape. */
export class Scrape {
  readonly text: string
  readonly samples: readonly ParsedSample[]

  constructor(text: string, samples: readonly ParsedSample[]) {
    this.text = text
    this.samples = samples
  }

  /** Returns the samples of a name, with or without its prefix, as `label=value,…` → value. */
  values(name: string): Record<string, number> {
    return Object.fromEntries(this.named(name).map(({ labels, value }) => [printLabels(labels), value]))
  }

  named(name: string): ParsedSample[] {
    return this.samples.filter((sample) => sample.name === `vllm_responses_${name}` || sample.name === name)
  }
}

function printLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}
