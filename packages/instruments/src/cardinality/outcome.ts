import type { StreamOutcome } from '../observation/outcome.ts'
import type { AttributeDefinition } from './attribute.ts'

const OUTCOMES: Readonly<Record<StreamOutcome, true>> = {
  completed: true,
  client_abort: true,
  upstream_error: true,
  server_error: true,
  timeout: true,
}

/** The label `outcome` of event streams. */
export const OUTCOME = {
  name: 'outcome',
  values: Object.keys(OUTCOMES),
  other: undefined,
  meaning: '[outcome of a stream](outcomes.md)',
} as const satisfies AttributeDefinition
