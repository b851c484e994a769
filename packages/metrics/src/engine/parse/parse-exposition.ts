import { type Clock, processClock } from '../../clock.ts'
import type { Family } from '../family.ts'
import { runInSlices } from '../slices.ts'
import type { Dialect } from './dialect.ts'
import { ExpositionParser } from './exposition-parser.ts'
import { DEFAULT_LIMITS, type ExpositionLimits } from './limits.ts'
import { readLines } from './read-lines.ts'

/** Lines between two looks at the clock. */
const LINES_PER_STEP = 32

/**
 * Parses an exposition at once.
 * @throws ExpositionError if the exposition violates its format or exceeds a limit; nothing of it is returned
 */
export function parseExposition(
  exposition: string | Uint8Array,
  dialect: Dialect,
  limits: Partial<ExpositionLimits> = {},
): Family[] {
  const body = typeof exposition === 'string' ? Buffer.from(exposition) : exposition
  const steps = parseSteps([body], dialect, limits)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * Parses an exposition in slices of a few milliseconds, between which other work of the event loop runs.
 * @param body parts of the exposition
 * @returns rejects with an {@link ExpositionError} if the exposition violates its format or exceeds a limit
 */
export function parseInSlices(
  body: Iterable<Uint8Array>,
  dialect: Dialect,
  limits: Partial<ExpositionLimits> = {},
  clock: Clock = processClock,
): Promise<Family[]> {
  return runInSlices(parseSteps(body, dialect, limits), clock)
}

function* parseSteps(
  body: Iterable<Uint8Array>,
  dialect: Dialect,
  limits: Partial<ExpositionLimits>,
): Generator<void, Family[]> {
  const all = { ...DEFAULT_LIMITS, ...limits }
  const parser = new ExpositionParser(dialect, all)
  let lines = 0
  for (const line of readLines(body, all)) {
    parser.read(line)
    lines += 1
    if (lines % LINES_PER_STEP === 0) yield
  }
  return yield* parser.families()
}
