import {
  decodeFamily,
  encodeFamily,
  type Family,
  type UpstreamState,
  type WorkerFamily,
} from '@vr/otel-metrics/engine'

/** What is read at each scrape and at each push, and is not recorded by this process. */
export interface ExternalReading {
  /** Metrics of engines. */
  readonly engines: readonly Family[]
  /** State of each engine. */
  readonly states: readonly UpstreamState[]
  /** Metrics of prom-client, of all workers. */
  readonly promClient: readonly Family[]
}

/** A reading without anything. */
export const NOTHING: ExternalReading = { engines: [], states: [], promClient: [] }

/** Returns a reading as lines for another process: the kind of the line, and JSON. */
export function encodeReading({ engines, states, promClient }: ExternalReading): string {
  return [
    ...engines.map((family) => `engine ${encodeFamily(family)}`),
    ...states.map((state) => `state ${JSON.stringify(state)}`),
    ...promClient.map((family) => `prom_client ${encodeFamily(family)}`),
  ].join('\n')
}

/** Returns the reading of {@link encodeReading}. Lines that are not valid are ignored. */
export function decodeReading(text: string): ExternalReading {
  const lines = Map.groupBy(text.split('\n'), (line) => line.slice(0, line.indexOf(' ')))
  const contents = (kind: string): string[] =>
    (lines.get(kind) ?? []).map((line) => line.slice(kind.length + 1))
  return {
    engines: contents('engine').flatMap((line) => decodeFamily(line) ?? []),
    states: contents('state').flatMap((line) => decodeState(line) ?? []),
    promClient: contents('prom_client').flatMap((line) => decodeFamily(line) ?? []),
  }
}

function decodeState(line: string): UpstreamState | undefined {
  try {
    return JSON.parse(line) as UpstreamState
  } catch {
    return undefined
  }
}

/** Returns the metrics of prom-client in a worker as lines: the rule of the metric, and JSON. */
export function encodeWorker(families: readonly WorkerFamily[]): string {
  return families.map(({ family, aggregator }) => `${aggregator} ${encodeFamily(family)}`).join('\n')
}

/** Returns the metrics of {@link encodeWorker}. Lines that are not valid are ignored. */
export function decodeWorker(text: string): WorkerFamily[] {
  return text.split('\n').flatMap((line) => {
    const at = line.indexOf(' ')
    const family = decodeFamily(line.slice(at + 1))
    return family === undefined ? [] : [{ aggregator: line.slice(0, at), family }]
  })
}
