import { expect, it } from 'vitest'
import type { StreamOutcome } from './outcome.ts'
import { openTurnOutcome, type SessionEvidence, sessionOutcome } from './session-outcome.ts'

type Case = readonly [StreamOutcome, Partial<SessionEvidence>]

const received = (code: number) => ({ close: { code, from: 'client' as const } })
const sent = (code: number) => ({ close: { code, from: 'server' as const } })
const casesOf = (outcome: StreamOutcome, codes: readonly number[], close: (code: number) => object): Case[] =>
  codes.map((code) => [outcome, close(code)])

const NORMAL = [1000, 1001, 1005, 3000, 3999, 4000, 4999]
const REFUSALS = [1002, 1003, 1007, 1008, 1009, 1010]
const SERVER_ERRORS = [1011, 1012, 1013, 1014]
/** Codes that must not be sent (RFC 6455 section 7.4). */
const RESERVED = [0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65_535]

/** Connections without a close frame, of sessions without a failed turn, unless a case has one. */
const CASES: readonly Case[] = [
  ...casesOf('completed', NORMAL, received),
  ...casesOf('completed', NORMAL, sent),
  ...casesOf('client_abort', [...REFUSALS, ...SERVER_ERRORS, ...RESERVED], received),
  ...casesOf('server_error', [...REFUSALS, ...SERVER_ERRORS, ...RESERVED], sent),
  ['completed', { ...sent(1000), cause: 'server_closed', isPingUnanswered: true }],
  ['completed', { ...received(1000), cause: 'client_closed' }],
  ['server_error', { ...sent(1011), cause: 'client_closed' }],
  ['client_abort', { cause: 'client_closed' }],
  ['client_abort', { cause: 'client_closed', isPingUnanswered: true }],
  ['server_error', { cause: 'server_closed' }],
  ['server_error', { cause: 'finished' }],
  ['timeout', { cause: 'server_closed', isPingUnanswered: true }],
  ['timeout', { cause: 'timed_out' }],
  ['upstream_error', { ...received(1000), hasUpstreamFailed: true }],
  ['upstream_error', { cause: 'client_closed', hasUpstreamFailed: true }],
]

it.each(CASES)('%s: %j', (outcome, evidence) => {
  const none = { close: undefined, isPingUnanswered: false, hasUpstreamFailed: false }
  expect(sessionOutcome({ cause: 'server_closed', ...none, ...evidence })).toBe(outcome)
})

it.each<[StreamOutcome, StreamOutcome, 'client' | 'server' | undefined]>([
  ['client_abort', 'completed', 'client'],
  ['server_error', 'completed', 'server'],
  ['timeout', 'timeout', undefined],
  ['client_abort', 'client_abort', 'server'],
])('%s of a turn that has not ended: session %s, closed by the %s', (expected, outcome, from) => {
  expect(openTurnOutcome(outcome, from && { code: 1000, from })).toBe(expected)
})
