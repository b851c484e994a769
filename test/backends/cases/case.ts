import type { BackendName } from '../build/recipe.ts'
import type { Stage } from '../stage.ts'

/** A check against backends. */
export interface Case {
  readonly name: string
  /** Backends that it needs; it is skipped without one of them. */
  readonly needs: readonly BackendName[]
  /** Runs the check; throws if it fails. */
  run(stage: Stage): Promise<void>
}
