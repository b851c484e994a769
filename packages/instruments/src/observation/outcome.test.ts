import { expect, it } from 'vitest'
import { type StreamEvidence, streamOutcome } from './outcome.ts'

const cut = { hasKnownEnd: true, terminal: undefined }
const plain = { hasKnownEnd: false, terminal: undefined }
const completed = { hasKnownEnd: true, terminal: 'completed' } as const
const failed = { hasKnownEnd: true, terminal: 'failed' } as const

it.each<[string, Partial<StreamEvidence>]>([
  ['completed', { facts: completed }],
  ['completed', { facts: completed, cause: 'client_closed' }],
  ['completed', { facts: completed, cause: 'server_closed', upstream: 'failed' }],
  ['completed', { facts: plain }],
  ['completed', { facts: undefined }],
  ['client_abort', { facts: cut, cause: 'client_closed' }],
  ['client_abort', { facts: plain, cause: 'client_closed', upstream: 'failed' }],
  ['upstream_error', { facts: failed }],
  ['upstream_error', { facts: failed, cause: 'client_closed' }],
  ['upstream_error', { facts: cut, upstream: 'failed' }],
  ['upstream_error', { facts: plain, upstream: 'failed' }],
  ['upstream_error', { facts: cut, cause: 'server_closed', upstream: 'failed' }],
  ['server_error', { facts: cut }],
  ['server_error', { facts: cut, upstream: 'ok' }],
  ['server_error', { facts: plain, cause: 'server_closed' }],
  ['timeout', { facts: cut, upstream: 'timed_out' }],
  ['timeout', { facts: failed, upstream: 'timed_out' }],
  ['timeout', { facts: cut, cause: 'timed_out' }],
  ['upstream_error', { facts: completed, reportedOutcome: 'upstream_error' }],
  ['completed', { facts: failed, cause: 'server_closed', reportedOutcome: 'completed' }],
])('%s: %j', (outcome, evidence) => {
  const all = {
    cause: 'finished',
    reportedOutcome: undefined,
    facts: plain,
    upstream: undefined,
    ...evidence,
  } as const
  expect(streamOutcome(all)).toBe(outcome)
})
