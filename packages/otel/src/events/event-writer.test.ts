import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Appended } from './append-lines.ts'
import { type EventSink, EventWriter, type EventWriterOptions } from './event-writer.ts'

/** Keeps written lines. An attempt ends when the test lets it. */
class FakeSink implements EventSink {
  readonly maxBatchBytes = 12
  readonly written: string[] = []
  readonly batches: (readonly string[])[] = []
  error: NodeJS.ErrnoException | undefined
  /** Lines that are written before the error. */
  partial = 0
  closed = 0
  hold: Promise<void> | undefined

  async append(lines: readonly string[]): Promise<Appended> {
    await this.hold
    return this.appendSync(lines)
  }

  appendSync(lines: readonly string[]): Appended {
    this.batches.push(lines)
    const count = this.error === undefined ? lines.length : Math.min(this.partial, lines.length)
    this.written.push(...lines.slice(0, count))
    return { count, error: this.error }
  }

  async close(): Promise<void> {
    this.closed += 1
  }
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: a failure`), { code })
}

function setUp(options: Partial<EventWriterOptions> = {}) {
  const sink = new FakeSink()
  const warnings: string[] = []
  const pauses: { ms: number; task: () => void; holds: boolean }[] = []
  const clock = {
    after(ms: number, task: () => void, holds: boolean) {
      const pause = { ms, task, holds }
      pauses.push(pause)
      return () => void pauses.splice(pauses.indexOf(pause), 1)
    },
  }
  const log = { warn: (message: string) => void warnings.push(message) }
  const writer = new EventWriter({ sink, log, clock, destination: '/logs/events', ...options })
  const resume = async (): Promise<void> => {
    for (const { task } of [...pauses]) task()
    await turn()
  }
  return { sink, warnings, pauses, resume, writer }
}

describe('EventWriter', () => {
  it('writes in a later turn of the event loop, in batches', async () => {
    const { sink, writer } = setUp()
    for (const line of ['11111\n', '22222\n', '33333\n', 'a line longer than a batch\n']) writer.write(line)
    expect(sink.batches).toEqual([])
    await writer.flush()
    expect(sink.batches).toEqual([['11111\n', '22222\n'], ['33333\n'], ['a line longer than a batch\n']])
    expect([writer.written, [...writer.dropped]]).toEqual([4, []])
  })

  it('writes again after a flush of nothing', async () => {
    const { sink, writer } = setUp()
    await writer.flush()
    writer.write('1\n')
    await turn()
    await turn()
    expect(sink.written).toEqual(['1\n'])
  })

  it('drops what fails, waits a second without keeping the process alive, and logs the outage once at each end', async () => {
    const { sink, writer, warnings, pauses, resume } = setUp()
    sink.error = failure('ENOSPC')
    sink.partial = 1
    for (const line of ['1\n', '2\n', '3\n']) writer.write(line)
    await writer.flush()
    expect(pauses).toMatchObject([{ ms: 1000, holds: false }])
    writer.write('4\n')
    await turn()
    expect(sink.batches).toHaveLength(1)
    await resume()
    sink.error = undefined
    writer.write('5\n')
    await resume()
    expect(sink.written).toEqual(['1\n', '4\n', '5\n'])
    expect([writer.written, [...writer.dropped]]).toEqual([3, [['write_failed', 2]]])
    expect(warnings).toEqual([
      'metric events are dropped: ENOSPC: a failure; writing to /logs/events is tried again each second; set VR_METRIC_EVENTS to another file, or to off',
      'metric events are written to /logs/events again; 2 were dropped',
    ])
  })

  it('keeps the lines that a full pipe does not take', async () => {
    const { sink, writer, warnings, resume } = setUp()
    sink.error = failure('EAGAIN')
    sink.partial = 1
    for (const line of ['1\n', '2\n', '3\n']) writer.write(line)
    await writer.flush()
    sink.error = undefined
    await resume()
    expect([sink.written, warnings]).toEqual([['1\n', '2\n', '3\n'], []])
  })

  it('drops new lines while the queue is full, and logs it once', async () => {
    const { sink, writer, warnings } = setUp({ queueBytes: 4 })
    const held = Promise.withResolvers<void>()
    sink.hold = held.promise
    for (const line of ['1\n', '2\n', '3\n', '4\n']) writer.write(line)
    held.resolve()
    await writer.flush()
    expect([sink.written, [...writer.dropped]]).toEqual([['1\n', '2\n'], [['queue_full', 2]]])
    expect(warnings).toHaveLength(2)
  })

  it('writes synchronously what is left at the exit, and closes its destination once', async () => {
    const { sink, writer } = setUp()
    writer.write('1\n')
    writer.flushSync()
    writer.flushSync()
    expect(sink.batches).toEqual([['1\n']])
    await writer.close()
    expect(sink.closed).toBe(1)
  })

  it('neither loses nor repeats a line uncounted, whatever fails', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('write' as const) },
      fc.constantFrom('flush' as const, 'turn' as const, 'resume' as const, 'sync' as const),
      fc.record({ code: fc.constantFrom('ENOSPC', 'EAGAIN', undefined), partial: fc.nat(2) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { sink, writer, resume } = setUp({ queueBytes: 30 })
        let created = 0
        for (const one of steps) {
          if (one === 'write') writer.write(`${++created}\n`.padStart(6, '0'))
          else if (one === 'flush') await writer.flush()
          else if (one === 'turn') await turn()
          else if (one === 'resume') await resume()
          else if (one === 'sync') writer.flushSync()
          else {
            sink.error = one.code === undefined ? undefined : failure(one.code)
            sink.partial = one.code === undefined ? 0 : one.partial
          }
        }
        sink.error = undefined
        await writer.flush()
        await writer.flush()
        const dropped = [...writer.dropped.values()].reduce((sum, count) => sum + count, 0)
        expect(new Set(sink.written).size).toBe(sink.written.length)
        expect([writer.written, writer.written + dropped]).toEqual([sink.written.length, created])
      }),
    )
  })
})
