import type { OtelOptions } from '../config/options.ts'
import { formatProblem } from '../config/problem.ts'
import { type Environment, readSettings } from '../config/read-settings.ts'

/** Returns the problems of given settings as they are printed. */
export function problemLines(environment: Environment, code?: OtelOptions): string[] {
  return readSettings(environment, code).problems.map(formatProblem)
}
