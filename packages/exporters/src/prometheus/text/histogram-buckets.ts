import { formatBound } from './numbers.ts'

/** The buckets of a histogram that are written, and the start of their lines. */
export interface BucketLayout {
  /** The bounds of this layout. */
  readonly bounds: readonly number[]
  /** Text up to the labels for each bucket, `+Inf` last; undefined for a bucket that is not written. */
  readonly heads: readonly (string | undefined)[]
}

/**
 * Creates the layout of bucket bounds. A valid family has strictly increasing finite bounds, so a repeated
 * bound is written once, with the count of the last one, and a bound out of order is omitted.
 *
 * @param head start of a bucket line including `le="`
 */
export function bucketLayout(head: string, bounds: readonly number[]): BucketLayout {
  let highest = Number.NEGATIVE_INFINITY
  const heads: (string | undefined)[] = bounds.map((bound, at) => {
    if (!Number.isFinite(bound) || bound < highest) return undefined
    highest = bound
    return bounds[at + 1] === bound ? undefined : `${head}${formatBound(bound)}"`
  })
  heads.push(`${head}+Inf"`)
  return { bounds, heads }
}

/** Returns the given layout if it matches the bounds, else a new one. */
export function fittingLayout(
  layout: BucketLayout | undefined,
  head: string,
  bounds: readonly number[],
): BucketLayout {
  if (layout !== undefined && (layout.bounds === bounds || equal(layout.bounds, bounds))) return layout
  return bucketLayout(head, bounds)
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, at) => bound === b[at])
}
