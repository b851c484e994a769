import { expect, it } from 'vitest'
import { type StreamEvidence, streamOutcome } from './outcome.ts'

const cut = { hasEndEvent: true, result: undefined }
const plain = { hasEndEvent: false, result: undefined }
const completed = { hasEndEvent: true, result: 'completed' } as const
const failed = { hasEndEvent: true, result: 'failed' } as const

it.each<[string, Partial<StreamEvidence>]>([
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
])('%s: %j', (outcome, evidence) => {
  const all = {
    cause: 'finished',
    reportedOutcome: undefined,
    events: plain,
    upstream: undefined,
    ...evidence,
  } as const
  expect(streamOutcome(all)).toBe(outcome)
})
