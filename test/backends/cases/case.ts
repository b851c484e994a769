import type { BackendName } from '../build/recipe.ts'
import type { Stage } from '../stage.ts'

/** A check against backends. */
export interface Case {
  readonly name: string
  /** Required backends. The case is skipped if one of them is missing. */
  readonly needs: readonly BackendName[]
  /** Runs the check; throws if it fails. */
  run(stage: Stage): Promise<void>
}
