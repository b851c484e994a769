import { expect, it } from 'vitest'
import { OUTCOME } from '../cardinality/outcome.ts'
import {
  errorType,
  STREAM_OUTCOMES,
  type StreamEvidence,
  type StreamOutcome,
  streamOutcome,
} from './outcome.ts'

const cut = { hasEndEvent: true, result: undefined }
const plain = { hasEndEvent: false, result: undefined }
const completed = { hasEndEvent: true, result: 'completed' } as const
const failed = { hasEndEvent: true, result: 'failed' } as const

/** Outcomes by evidence; the application reported the last two. */
const CASES: readonly [StreamOutcome, Partial<StreamEvidence>][] = [
  ['completed', { events: completed }],
  ['completed', { events: completed, cause: 'client_closed' }],
  ['completed', { events: completed, cause: 'server_closed', upstream: 'failed' }],
  ['completed', { events: plain }],
  ['completed', { events: undefined }],
  ['client_abort', { events: cut, cause: 'client_closed' }],
  ['client_abort', { events: plain, cause: 'client_closed', upstream: 'failed' }],
  ['upstream_error', { events: failed }],
  ['upstream_error', { events: failed, cause: 'client_closed' }],
  ['upstream_error', { events: cut, upstream: 'failed' }],
  ['upstream_error', { events: plain, upstream: 'failed' }],
  ['upstream_error', { events: cut, cause: 'server_closed', upstream: 'failed' }],
  ['server_error', { events: cut }],
  ['server_error', { events: cut, upstream: 'ok' }],
  ['server_error', { events: plain, cause: 'server_closed' }],
  ['timeout', { events: cut, upstream: 'timed_out' }],
  ['timeout', { events: failed, upstream: 'timed_out' }],
  ['timeout', { events: cut, cause: 'timed_out' }],
  ['upstream_error', { events: completed, reportedOutcome: 'upstream_error' }],
  ['completed', { events: failed, cause: 'server_closed', reportedOutcome: 'completed' }],
]

it.each(CASES)('decides %s from %j', (outcome, evidence) => {
  const all = {
    cause: 'finished',
    reportedOutcome: undefined,
    events: plain,
    upstream: undefined,
    ...evidence,
  } as const
  expect(streamOutcome(all)).toBe(outcome)
})

it('decides every outcome for some evidence, and every outcome is a value of the label', () => {
  expect(new Set(CASES.map(([outcome]) => outcome))).toEqual(new Set(STREAM_OUTCOMES))
  expect(OUTCOME.values).toEqual(STREAM_OUTCOMES)
})

it.each(STREAM_OUTCOMES)('returns %s if the application reported it', (outcome) => {
  const evidence = { cause: 'finished', events: plain, upstream: undefined } as const
  expect(streamOutcome({ ...evidence, reportedOutcome: outcome })).toBe(outcome)
  expect(errorType('finished', outcome, 200)).toBe(outcome === 'completed' ? undefined : outcome)
})
