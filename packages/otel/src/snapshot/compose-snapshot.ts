import type { CollectedFamily, HistogramSeries, NumberSeries } from '@vr/otel-exporters'
import { hasLabels, hasName } from './filter-series.ts'
import type { Counter, Gauge, Histogram, MetricSnapshot, SnapshotFilter } from './metric-snapshot.ts'
import { withJson } from './non-finite-json.ts'
import { toVectors } from './vectors.ts'

/** The vector of vLLM's metrics reader, and its label of positions. */
const VLLM_VECTORS = { 'vllm:spec_decode_num_accepted_tokens_per_pos': 'position' }

/** Returns the selected series of the families, as new objects. */
export function composeSnapshot(
  families: readonly CollectedFamily[],
  filter: SnapshotFilter = {},
): MetricSnapshot[] {
  const vectors = new Map(Object.entries({ ...VLLM_VECTORS, ...filter.vectors }))
  const metrics = families
    .filter(({ name }) => hasName(name, filter))
    .flatMap((family): MetricSnapshot[] => {
      if (family.type === 'histogram') {
        return family.series.filter(hasLabels(filter)).map((series) => histogram(family.name, series))
      }
      const type = family.type === 'counter' ? 'Counter' : 'Gauge'
      const series = family.series.filter(hasLabels(filter)).map((one) => number(type, family.name, one))
      const position = vectors.get(family.name) ?? vectors.get(`${family.name}_total`)
      return position === undefined ? series : toVectors(series, position)
    })
  for (const metric of metrics) withJson(metric)
  return metrics
}

function number(type: 'Counter' | 'Gauge', name: string, { labels, value }: NumberSeries): Counter | Gauge {
  return { type, name, labels: { ...labels }, value }
}

function histogram(name: string, { labels, count, sum, buckets }: HistogramSeries): Histogram {
  return {
    type: 'Histogram',
    name,
    labels: { ...labels },
    count,
    sum: sum ?? Number.NaN,
    buckets: { ...buckets },
  }
}
