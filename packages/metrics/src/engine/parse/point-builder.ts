import type { Family } from '../family.ts'
import type { Sample } from './read-sample.ts'

/** Collects the samples of a family into points. */
export interface PointBuilder {
  /**
   * Adds a sample.
   * @param suffix end of the sample's name after the name of the family, such as `_bucket`
   * @throws ExpositionError if the family cannot have the sample
   */
  add(suffix: string, sample: Sample): void
  /**
   * Checks and returns the points, in the order of their first samples. Yields after every few points.
   * @throws ExpositionError if a point is not complete
   */
  points(): Generator<void, Family['points']>
}
