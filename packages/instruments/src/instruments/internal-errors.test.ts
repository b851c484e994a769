import { DiagLogLevel, diag } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setLogger } from '../logger.ts'
import { type Hook, InternalErrors } from './internal-errors.ts'

let logged: string[]

beforeEach(() => {
  logged = []
  const keep = (...parts: unknown[]): void => void logged.push(parts.join(' '))
  const ignore = (): void => {}
  diag.setLogger(
    { error: keep, warn: ignore, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.ERROR },
  )
})

afterEach(() => diag.disable())

describe('errors of hooks', () => {
  it('are counted by hook, and the first of each is logged as a bug with its stack', () => {
    const errors = new InternalErrors()
    for (let i = 0; i < 3; i++) errors.report('response_end', new TypeError('socket is null'))
    errors.report('stream_chunk', new RangeError('too long'))
    expect(Object.fromEntries(errors.counts)).toEqual({ response_end: 3, stream_chunk: 1 })
    expect(logged).toHaveLength(2)
    expect(logged[0]).toMatch(
      /^instruments: bug in the hook response_end: .*report it.*TypeError: socket is null\n +at .*internal-errors\.test\.ts/s,
    )
    expect(logged[1]).toMatch(/hook stream_chunk.*RangeError: too long/s)
  })

  it.each([
    ['nothing', undefined],
    ['text', 'text'],
    ['an object without a prototype', Object.create(null)],
    ['an error without a stack', Object.assign(new Error('x'), { stack: undefined })],
    [
      'an error whose stack throws',
      Object.defineProperty(new Error('x'), 'stack', {
        get() {
          throw new Error('y')
        },
      }),
    ],
  ])('are counted if %s is thrown', (_what, error) => {
    const errors = new InternalErrors()
    errors.report('response_end', error)
    expect(errors.counts.get('response_end')).toBe(1)
  })

  it('are counted if the logger of the application throws', () => {
    const fail = (): void => {
      throw new Error('of the logger')
    }
    diag.setLogger(
      { error: fail, warn: fail, info: fail, debug: fail, verbose: fail },
      { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
    )
    const errors = new InternalErrors()
    errors.report('response_end', new Error('x'))
    expect(errors.counts.get('response_end')).toBe(1)
  })

  it('are logged by the logger that was set with setLogger instead of diag', () => {
    const own: unknown[] = []
    const ignore = (): void => {}
    setLogger({
      error: (message) => own.push(message),
      warn: ignore,
      info: ignore,
      debug: ignore,
      verbose: ignore,
    })
    try {
      new InternalErrors().report('response_end', new Error('x'))
    } finally {
      setLogger(undefined)
    }
    expect(own).toEqual([expect.stringContaining('bug in the hook response_end')])
    expect(logged).toEqual([])
  })

  it('of an unknown hook are counted as other', () => {
    const errors = new InternalErrors()
    for (const name of ['made up', 'response_end']) errors.report(name as Hook, new Error('x'))
    expect(Object.fromEntries(errors.counts)).toEqual({ other: 1, response_end: 1 })
  })
})
