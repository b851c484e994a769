import { describe, expect, it } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { recordedLog } from '../testing/recorded-log.ts'
import { DeliveryReporter } from './delivery-reporter.ts'
import { refused, retryable } from './send-outcome.ts'

const ADDRESS = 'http://collector'

function setUp() {
  const log = recordedLog()
  const clock = new ManualClock()
  return { log, clock, reporter: new DeliveryReporter({ itemName: 'spans', address: ADDRESS, log, clock }) }
}

const ACCEPTED = { kind: 'accepted', rejected: 0 } as const

const cannotSend = (reason: string): string =>
  `warn: cannot send spans to ${ADDRESS}: ${reason}; they are queued and sent again until the queue is full; check host, port and TLS`

describe('the delivery reporter', () => {
  it('logs an outage once at its start and once at its end, with the number of dropped items', () => {
    const { log, reporter } = setUp()
    reporter.reportAttempt(ACCEPTED, 0)
    for (let dropped = 0; dropped < 5; dropped++) {
      reporter.reportAttempt(retryable('down'), dropped)
      reporter.reportOverflow()
    }
    reporter.reportAttempt(ACCEPTED, 7)
    reporter.reportAttempt(ACCEPTED, 7)
    expect(log.lines).toEqual([
      cannotSend('down'),
      `warn: sending spans to ${ADDRESS} works again; 7 of them were dropped`,
    ])
  })

  it('logs another reason at most once a minute, except for an escalation to an error', async () => {
    const { log, clock, reporter } = setUp()
    reporter.reportAttempt(retryable('no response within 10 ms'), 0)
    reporter.reportAttempt(retryable('no response within 20 ms'), 0)
    reporter.reportAttempt(retryable('reset'), 0)
    await clock.advance(60_000)
    reporter.reportAttempt(retryable('no response within 30 ms'), 0)
    reporter.reportAttempt(retryable('reset'), 0)
    reporter.reportAttempt(refused('UNAUTHENTICATED', 'credentials'), 1)
    reporter.reportAttempt(ACCEPTED, 1)
    expect(log.lines).toEqual([
      cannotSend('no response within 10 ms'),
      cannotSend('reset'),
      `error: ${ADDRESS} refused spans: UNAUTHENTICATED; they are dropped; check headers and client certificate`,
      `error: sending spans to ${ADDRESS} works again; 1 of them were dropped`,
    ])
  })

  it('logs an outage that comes and goes as one, and a new one after a minute', async () => {
    const { log, clock, reporter } = setUp()
    for (let i = 0; i < 10; i++) {
      reporter.reportAttempt(retryable('down'), 0)
      reporter.reportAttempt(ACCEPTED, 0)
      await clock.advance(1000)
    }
    expect(log.lines).toHaveLength(2)
    await clock.advance(60_000)
    reporter.reportAttempt(retryable('down'), 0)
    expect(log.lines).toHaveLength(3)
  })

  it('logs a refusal as an error that names what to check', () => {
    const { log, reporter } = setUp()
    reporter.reportAttempt(refused('gRPC status UNIMPLEMENTED', 'endpoint'), 5)
    expect(log.lines).toEqual([
      `error: ${ADDRESS} refused spans: gRPC status UNIMPLEMENTED; they are dropped; check protocol, port and path, and whether this collector accepts the signal`,
    ])
  })

  it('logs the message of a partial success', () => {
    const { log, reporter } = setUp()
    reporter.reportAttempt({ kind: 'accepted', rejected: 2, message: 'too old' }, 2)
    reporter.reportAttempt({ kind: 'accepted', rejected: 1 }, 3)
    expect(log.lines).toEqual([
      `warn: ${ADDRESS} rejected 2 spans: too old; they are dropped; check the limits of the collector`,
    ])
  })

  it('logs a warning of the collector once', () => {
    const { log, reporter } = setUp()
    for (let i = 0; i < 3; i++) {
      reporter.reportAttempt({ kind: 'accepted', rejected: 0, message: 'use another port' }, 0)
    }
    expect(log.lines).toEqual([`warn: ${ADDRESS} accepted spans with a warning: use another port`])
  })

  it('logs one line, whatever the reason contains', () => {
    const { log, reporter } = setUp()
    reporter.reportAttempt(refused('unable to get certificate:ssl.c:1:\n', 'connection'), 0)
    reporter.reportAttempt({ kind: 'accepted', rejected: 0, message: 'two\r\nlines\u001b[31m' }, 0)
    expect(log.lines).toEqual([
      `error: ${ADDRESS} refused spans: unable to get certificate:ssl.c:1: ; they are dropped; check host, port and TLS`,
      `warn: ${ADDRESS} accepted spans with a warning: two lines [31m`,
      `error: sending spans to ${ADDRESS} works again; 0 of them were dropped`,
    ])
  })

  it('logs an overflow at its start, and at its end after 10 s without a drop', async () => {
    const { log, clock, reporter } = setUp()
    reporter.reportOverflow()
    reporter.reportAttempt(ACCEPTED, 1)
    reporter.reportOverflow()
    await clock.advance(10_001)
    reporter.reportAttempt(ACCEPTED, 2)
    expect(log.lines).toEqual([
      `warn: spans are dropped: the queue is full, ${ADDRESS} accepts them too slowly; check maxQueueSize and the capacity of the collector`,
      'warn: spans are no longer dropped: the queue has room again',
    ])
  })
})
