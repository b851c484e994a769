import { describe, expect, it } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { recordedLog } from '../testing/recorded-log.ts'
import { DeliveryReporter } from './delivery-reporter.ts'
import { refused, retryable } from './send-outcome.ts'

function setUp() {
  const log = recordedLog()
  const clock = new ManualClock()
  return { log, clock, watch: new DeliveryReporter({ itemName: 'spans', address: 'there', log, clock }) }
}

const OK = { kind: 'accepted', rejected: 0 } as const

describe('what is said of deliveries', () => {
  it('is that a fault has begun and ended, with what was lost, and nothing between', () => {
    const { log, watch } = setUp()
    watch.reportAttempt(OK, 0)
    for (let lost = 0; lost < 5; lost++) {
      watch.reportAttempt(retryable('down'), lost)
      watch.reportOverflow()
    }
    watch.reportAttempt(OK, 7)
    watch.reportAttempt(OK, 7)
    expect(log.lines).toEqual([
      'warn: spans do not reach there and wait, as far as there is room: down (look at: host, port, TLS)',
      'warn: spans reach there again; 7 were lost',
    ])
  })

  it('is another reason once, at most once a minute, unless it has become an error; the end is at its level', async () => {
    const { log, clock, watch } = setUp()
    watch.reportAttempt(retryable('no answer within 10 ms'), 0)
    watch.reportAttempt(retryable('no answer within 20 ms'), 0)
    watch.reportAttempt(retryable('refused'), 0)
    await clock.advance(60_000)
    watch.reportAttempt(retryable('no answer within 30 ms'), 0)
    watch.reportAttempt(retryable('refused'), 0)
    watch.reportAttempt(refused('UNAUTHENTICATED', 'credentials'), 1)
    watch.reportAttempt(OK, 1)
    expect(log.lines.map((line) => line.replace(/ \(look.*/, ''))).toEqual([
      'warn: spans do not reach there and wait, as far as there is room: no answer within 10 ms',
      'warn: spans do not reach there and wait, as far as there is room: refused',
      'error: there refuses spans, they are lost: UNAUTHENTICATED',
      'error: spans reach there again; 1 were lost',
    ])
  })

  it('is one fault if it comes and goes, and a new one after a minute', async () => {
    const { log, clock, watch } = setUp()
    for (let i = 0; i < 10; i++) {
      watch.reportAttempt(retryable('down'), 0)
      watch.reportAttempt(OK, 0)
      await clock.advance(1000)
    }
    expect(log.lines).toHaveLength(2)
    await clock.advance(60_000)
    watch.reportAttempt(retryable('down'), 0)
    expect(log.lines).toHaveLength(3)
  })

  it('is an error that names what is to be changed, if trying again is of no use', () => {
    const { log, watch } = setUp()
    watch.reportAttempt(refused('gRPC status UNIMPLEMENTED', 'endpoint'), 5)
    expect(log.lines).toEqual([
      'error: there refuses spans, they are lost: gRPC status UNIMPLEMENTED (look at: protocol, port and path, and whether this collector takes them)',
    ])
  })

  it('is what the collector says of what it rejects', () => {
    const { log, watch } = setUp()
    watch.reportAttempt({ kind: 'accepted', rejected: 2, message: 'too old' }, 2)
    watch.reportAttempt({ kind: 'accepted', rejected: 1 }, 3)
    expect(log.lines).toEqual(['warn: there rejected 2 spans: too old'])
  })

  it('is what the collector has to say of what it accepts, once', () => {
    const { log, watch } = setUp()
    for (let i = 0; i < 3; i++)
      watch.reportAttempt({ kind: 'accepted', rejected: 0, message: 'use another port' }, 0)
    expect(log.lines).toEqual(['warn: there says of spans: use another port'])
  })

  it('is one line, whatever the reason looks like', () => {
    const { log, watch } = setUp()
    watch.reportAttempt(refused('unable to get certificate:ssl.c:1:\n', 'connection'), 0)
    watch.reportAttempt({ kind: 'accepted', rejected: 0, message: 'two\r\nlines\u001b[31m' }, 0)
    expect(log.lines).toEqual([
      'error: there refuses spans, they are lost: unable to get certificate:ssl.c:1: (look at: host, port, TLS)',
      'warn: there says of spans: two lines [31m',
      'error: spans reach there again; 0 were lost',
    ])
  })

  it('is that spans come too fast, and that they do no more', async () => {
    const { log, clock, watch } = setUp()
    watch.reportOverflow()
    watch.reportAttempt(OK, 1)
    watch.reportOverflow()
    await clock.advance(10_001)
    watch.reportAttempt(OK, 2)
    expect(log.lines).toEqual([
      'warn: spans are dropped: no room is left, there does not take them fast enough',
      'warn: no spans are dropped any more',
    ])
  })
})
