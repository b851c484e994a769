import { formatBound } from './numbers.ts'

/** Which buckets of a histogram are written, and how each line begins. */
export interface BucketLayout {
  /** The bounds that this layout was made for. */
  readonly bounds: readonly number[]
  /** By bucket, the `+Inf` one last: the text up to the labels of the series; undefined for one not written. */
  readonly heads: readonly (string | undefined)[]
}

/**
 * The layout of some bounds. Only strictly increasing finite bounds make a valid family, so an equal bound is
 * written once with the count of the last, and one that is out of order not at all.
 *
 * @param head the text of a bucket line up to and with `le="`
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

/** The layout itself if it fits the bounds, else a new one. */
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
