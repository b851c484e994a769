import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UNDICI_PATCHES } from './undici-dispatch.ts'

/** Dispatchers as those of undici: a pool of one connection, whose calls wait in a line. */
abstract class DispatcherBase {
  dispatch(options: object, handler: object): void {
    this.take(options, handler)
  }
  abstract take(options: object, handler: object): void
}

const running = new AsyncLocalStorage<string>()
let seen: unknown[]

class Client extends DispatcherBase {
  take(options: object): void {
    channel('undici:request:create').publish({ request: options })
    seen.push(running.getStore())
  }
}

class Pool extends DispatcherBase {
  readonly #client = new Client()
  readonly #queue: [object, object][] = []
  #isBusy = false

  take(options: object, handler: object): void {
    if (this.#isBusy) this.#queue.push([options, handler])
    else this.#client.dispatch(options, handler)
    this.#isBusy = true
  }

  /** The call on the connection has its answer. */
  answered(): void {
    this.#isBusy = false
    const next = this.#queue.shift()
    if (next === undefined) return
    this.#client.dispatch(...next)
    this.#isBusy = true
  }
}

const original = DispatcherBase.prototype.dispatch
let restore: () => void

beforeEach(() => {
  seen = []
  restore = UNDICI_PATCHES[0]?.patch(DispatcherBase) as () => void
})
afterEach(() => restore())

describe('a call that waits for a connection', () => {
  it('begins as what has made it', () => {
    const pool = new Pool()
    for (const who of ['a', 'b', 'c']) running.run(who, () => pool.dispatch({}, {}))
    running.run('a', () => pool.answered())
    running.exit(() => pool.answered())
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('does so though its handler is used again', () => {
    const pool = new Pool()
    const handler = {}
    running.run('a', () => pool.dispatch({}, handler))
    running.exit(() => pool.answered())
    running.run('b', () => pool.dispatch({}, {}))
    running.run('c', () => pool.dispatch({}, handler))
    running.run('b', () => pool.answered())
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('may have no handler at all, and what is thrown comes back', () => {
    const pool = new Pool()
    expect(() => pool.dispatch({}, undefined as never)).not.toThrow()
    expect(seen).toEqual([undefined])
    class Failing extends DispatcherBase {
      take(): void {
        throw new Error('of undici')
      }
    }
    expect(() => new Failing().dispatch({}, {})).toThrow('of undici')
  })
})

it('leaves nothing behind', () => {
  restore()
  expect(DispatcherBase.prototype.dispatch).toBe(original)
  expect(channel('undici:request:create').hasSubscribers).toBe(false)
})
