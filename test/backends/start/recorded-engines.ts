import assert from 'node:assert/strict'
import type { Sample } from '../../../examples/src/start/exposition.ts'
import { RecordedEngine } from './recorded-engine.ts'

/** Beginnings of the names of the recorded metrics. */
const INCLUDED = ['vllm:', 'lmcache']

/** Two engines for one gateway: one with text 0.0.4, and one with OpenMetrics. */
export class RecordedEngines {
  readonly vllm: RecordedEngine
  readonly cache: RecordedEngine

  private constructor(vllm: RecordedEngine, cache: RecordedEngine) {
    this.vllm = vllm
    this.cache = cache
  }

  /** Runs `use` with two engines, and stops them. */
  static async run(use: (engines: RecordedEngines) => Promise<void>): Promise<void> {
    const vllm = await RecordedEngine.start('vllm', 'engine.prom')
    const cache = await RecordedEngine.start('cache', 'engine-openmetrics.prom')
    try {
      await use(new RecordedEngines(vllm, cache))
    } finally {
      await Promise.all([vllm.stop(), cache.stop()])
    }
  }

  /** Settings of the gateway. */
  get settings(): Record<string, string> {
    return {
      VR_ENGINE_METRICS_URL: [this.vllm, this.cache].map(({ setting }) => setting).join(),
      VR_ENGINE_METRICS_INCLUDE: INCLUDED.join(),
    }
  }

  /** Returns the included samples of both endpoints, with the label of the engine. `_created` is the start time only. */
  async samples(): Promise<Sample[]> {
    const [vllm, cache] = await Promise.all([this.vllm, this.cache].map(includedSamples))
    return [...(vllm ?? []), ...(cache ?? [])]
  }
}

/** Whether a sample has a name of the recorded metrics. */
export function isIncluded({ name }: Pick<Sample, 'name'>): boolean {
  return INCLUDED.some((prefix) => name.startsWith(prefix))
}

async function includedSamples(engine: RecordedEngine): Promise<Sample[]> {
  const samples = (await engine.samples()).filter(isIncluded).filter(({ name }) => !name.endsWith('_created'))
  assert.ok(samples.length > 10)
  return samples.map(({ name, labels, value }) => {
    // Prometheus has no labels without a value.
    const kept = Object.entries(labels).filter(([, text]) => text !== '')
    return { name, labels: { ...Object.fromEntries(kept), upstream: engine.name }, value }
  })
}
