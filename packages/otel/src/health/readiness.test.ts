import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setReady } from './api.ts'
import { Readiness } from './readiness.ts'
import { readyStates, setReadyState } from './ready-states.ts'

const STATES = Symbol.for('@vr/otel.readyStates')

let readiness: Readiness
let changes: number

beforeEach(() => {
  readiness = new Readiness()
  changes = 0
  readiness.onChange(() => changes++)
})

afterEach(() => {
  Reflect.deleteProperty(globalThis, STATES)
})

describe('Readiness', () => {
  it('reports the process, then the states of the application, then other checks', () => {
    readiness.addCheck(() => ({ name: 'engine', isReady: true }))
    readiness.addCheck(() => undefined)
    readiness.addMcpServers(() => [{ serverLabel: 'github', status: 'error' }])
    setReady('database', false, 'connecting')
    setReady('cache', true, 'ignored')
    expect(readiness.read()).toEqual({
      isDraining: false,
      checks: [
        { name: 'process', isReady: true },
        { name: 'database', isReady: false, reason: 'connecting' },
        { name: 'cache', isReady: true },
        { name: 'engine', isReady: true },
      ],
      mcpServers: [{ serverLabel: 'github', status: 'error' }],
    })
    setReady('database', true)
    expect(readiness.read().checks[1]).toEqual({ name: 'database', isReady: true })
  })

  it('reports a process that drains, and the change once more than before', () => {
    readiness.drain()
    expect(readiness.read()).toMatchObject({
      isDraining: true,
      checks: [{ name: 'process', isReady: false, reason: 'draining after SIGTERM' }],
    })
    expect(changes).toBe(1)
  })

  it('bounds names and reasons, whatever the application passes', () => {
    for (let i = 0; i < 100; i++) setReadyState(`${i}`.repeat(300), i, 'why'.repeat(300))
    setReadyState(undefined, undefined, null)
    setReadyState(Symbol('x'), 0, Symbol('y'))
    const states = readyStates()
    expect(states).toHaveLength(30)
    for (const { name, reason = '' } of states) expect(Math.max(name.length, reason.length)).toBeLessThan(201)
    expect(states[0]).toEqual({
      name: '0'.repeat(200),
      isReady: false,
      reason: 'why'.repeat(300).slice(0, 200),
    })
    readiness.addCheck(() => ({ name: 'engine', isReady: false, reason: 'x'.repeat(5000) }))
    expect(readiness.read().checks.at(-1)?.reason).toHaveLength(1000)
  })

  it('does not throw for a value that cannot be text', () => {
    const hostile = {
      toString: () => {
        throw new Error('no')
      },
    }
    expect(() => setReadyState(hostile, false, hostile)).not.toThrow()
    expect(readyStates()).toEqual([])
  })
})
