interface Bucket {
  readonly bound: number
  readonly count: number
}

/**
 * Estimates a quantile as `histogram_quantile` of Prometheus does for classic histograms: linear interpolation in the bucket of
 * the quantile. The lowest bucket starts at 0 if its bound is positive. A quantile in the highest bucket is the bound below it.
 *
 * @param q `-Infinity` is returned below 0, `Infinity` above 1
 * @param counts cumulative count by the label `le`
 * @returns `undefined` where Prometheus has `NaN`: without values, without a bucket `+Inf` and another one, if `q` is `NaN`, and if
 *   `q` is 0 and the lowest bucket is empty
 */
export function histogramQuantile(q: number, counts: ReadonlyMap<string, number>): number | undefined {
  if (Number.isNaN(q)) return undefined
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const buckets = monotonic(sortedBuckets(counts))
  const last = buckets.at(-1)
  const highest = buckets.at(-2)
  if (last?.bound !== Number.POSITIVE_INFINITY || highest === undefined || last.count === 0) return undefined
  const rank = q * last.count
  const at = buckets.findIndex((bucket) => bucket.count >= rank)
  const bucket = buckets[at]
  if (bucket === undefined || bucket === last) return highest.bound
  if (at === 0 && bucket.bound <= 0) return bucket.bound
  const below = buckets[at - 1] ?? { bound: 0, count: 0 }
  if (bucket.count === below.count) return undefined
  return below.bound + (bucket.bound - below.bound) * ((rank - below.count) / (bucket.count - below.count))
}

/** Buckets in the order of their bounds. Counts of equal bounds in two spellings, such as `1` and `1.0`, are added. */
function sortedBuckets(counts: ReadonlyMap<string, number>): readonly Bucket[] {
  const byBound = new Map<number, number>()
  for (const [le, count] of counts) {
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
    if (!Number.isNaN(bound)) byBound.set(bound, (byBound.get(bound) ?? 0) + count)
  }
  return [...byBound].sort(([a], [b]) => a - b).map(([bound, count]) => ({ bound, count }))
}

/** Raises counts that are lower than the one before. They are if series with other bounds are added (Prometheus: `ensureMonotonic`). */
function monotonic(buckets: readonly Bucket[]): readonly Bucket[] {
  let highest = 0
  return buckets.map(({ bound, count }) => {
    highest = Math.max(highest, count)
    return { bound, count: highest }
  })
}
