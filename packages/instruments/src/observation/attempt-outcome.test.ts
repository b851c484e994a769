import { expect, it } from 'vitest'
import { ATTEMPT_OUTCOME, type AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import { type AttemptEvidence, attemptOutcome } from './attempt-outcome.ts'

const CASES: readonly [AttemptOutcome, Partial<AttemptEvidence>][] = [
  ['ok', { status: 200 }],
  ['ok', { status: 307 }],
  ['ok', { status: 200, isComplete: true, failure: 'broken' }],
  ['ok', { status: 200, isComplete: true, failure: 'aborted' }],
  ['ok', { status: 200, isComplete: false, failure: 'aborted' }],
  ['rate_limited', { status: 429 }],
  ['rate_limited', { status: 429, isComplete: false, failure: 'broken' }],
  ['client_error', { status: 400 }],
  ['client_error', { status: 404, failure: 'timed_out' }],
  ['client_error', { status: undefined, isComplete: false, failure: 'aborted' }],
  ['server_error', { status: 500 }],
  ['server_error', { status: 503, failure: 'timed_out' }],
  ['server_error', { status: 200, hasFailed: true }],
  ['server_error', { status: 200, hasFailed: true, isComplete: false, failure: 'aborted' }],
  ['server_error', { status: 200, isComplete: false }],
  ['server_error', { status: 200, isComplete: false, failure: 'broken' }],
  ['timeout', { status: undefined, isComplete: false, failure: 'timed_out' }],
  ['timeout', { status: 200, isComplete: false, failure: 'timed_out' }],
  ['network', { status: undefined, isComplete: false, failure: 'broken' }],
]

it.each(CASES)('decides %s from %j', (outcome, evidence) => {
  const complete = { status: 200, isComplete: true, hasFailed: false, failure: undefined }
  expect(attemptOutcome({ ...complete, ...evidence })).toBe(outcome)
})

it('has a case for each outcome', () => {
  expect([...new Set(CASES.map(([outcome]) => outcome))].sort()).toEqual([...ATTEMPT_OUTCOME.values].sort())
})
