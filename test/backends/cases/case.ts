import type { BackendName } from '../build/recipe.ts'
import type { Stage } from '../stage.ts'

/** One thing that a backend judges. */
export interface Case {
  readonly name: string
  /** Without one of these the case is skipped. */
  readonly needs: readonly BackendName[]
  /** Throws if it is not so. */
  run(stage: Stage): Promise<void>
}
