import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { flushAtEnd, within } from './shutdown.ts'

class FakeProcess extends EventEmitter {
  readonly pid = 1
  readonly log: string[]

  constructor(log: string[]) {
    super()
    this.log = log
  }

  kill(pid: number, signal: string): true {
    this.log.push(`kill ${pid} ${signal}`)
    return true
  }
}

function setUp(prepare?: (target: FakeProcess) => void) {
  const log: string[] = []
  const target = new FakeProcess(log)
  prepare?.(target)
  const flushed = Promise.withResolvers<void>()
  const flush = () => {
    log.push('flush')
    return flushed.promise
  }
  const stop = flushAtEnd(flush, () => log.push('abandon'), target as unknown as NodeJS.Process)
  const settle = async () => {
    flushed.resolve()
    await flushed.promise
    await Promise.resolve()
  }
  return { log, target, settle, stop }
}

describe('flushAtEnd', () => {
  it.each(['SIGTERM', 'SIGINT'])('flushes at %s, and then lets it kill', async (signal) => {
    const { log, target, settle } = setUp()
    target.emit(signal, signal)
    expect(log).toEqual(['flush'])
    await settle()
    expect(log).toEqual(['flush', `kill 1 ${signal}`])
    expect(target.listenerCount(signal)).toBe(0)
  })

  it('lets a second signal kill at once', () => {
    const { log, target } = setUp()
    target.emit('SIGTERM', 'SIGTERM')
    target.emit('SIGINT', 'SIGINT')
    expect(log).toEqual(['flush', 'kill 1 SIGINT'])
  })

  it('leaves a signal to the application that handles it', async () => {
    const { log, target, settle } = setUp()
    target.once('SIGTERM', () => log.push('the application'))
    target.emit('SIGTERM', 'SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'the application'])
  })

  it('leaves a signal to the application that began to handle it, once, before telemetry was started', async () => {
    const { log, target, settle } = setUp((early) =>
      early.once('SIGTERM', () => early.log.push('the application')),
    )
    target.emit('SIGTERM', 'SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'the application'])
  })

  it('flushes once when the process runs out of work, and gives up what is left', async () => {
    const { log, target, settle } = setUp()
    target.on('beforeExit', () => log.push('the application'))
    target.emit('beforeExit', 0)
    await settle()
    target.emit('beforeExit', 0)
    expect(log).toEqual(['flush', 'abandon', 'the application'])
  })

  it('takes its listeners back', () => {
    const { target, stop } = setUp()
    stop()
    expect(target.eventNames()).toEqual([])
    expect(target.emit).toBe(EventEmitter.prototype.emit)
  })
})

describe('within', () => {
  it('settles with the work, also if that fails', async () => {
    await within(60_000, Promise.resolve())
    await within(60_000, Promise.reject(new Error('no')))
  })

  it('settles without work that does not', async () => {
    await within(1, new Promise(() => {}))
  })
})
