import type { OnCompletion } from './completion.ts'

const { then } = Promise.prototype

/** Whether a value is a promise whose `then` is that of all promises, which does nothing but wait. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.then === Promise.prototype.then
}

/** Promises that are watched at the moment. */
const watches = new WeakMap<object, PromiseObserver>()

/**
 * Calls `ended` when a promise settles.
 *
 * To wait for a promise is to handle its rejection: Node would no longer report one that the application does not handle.
 * So it is observed whether the application handles it. Whatever does (`await`, `then`, `catch`, `Promise.all`) first reads
 * `constructor` of the promise (ECMA-262, PromiseResolve and SpeciesConstructor), which a layer between the promise and its
 * prototype answers until the promise has settled. A rejection that is not handled by then becomes that of a promise of
 * ours, which is handled as soon as the application handles its own. A property of the promise itself would be simpler, but
 * would slow down all promises of the process: V8 has one flag for "no promise has a `constructor` of its own".
 * @returns whether that is possible: an object that is not extensible has its prototype for good
 */
export function observePromise(promise: Promise<unknown>, ended: OnCompletion): boolean {
  const known = watches.get(promise)
  if (known !== undefined) {
    known.listeners.push(ended)
    return true
  }
  return new PromiseObserver(promise, ended).begin()
}

class PromiseObserver {
  readonly listeners: OnCompletion[]
  readonly #promise: Promise<unknown>
  readonly #prototype: object
  readonly #layer: object
  #isOwnThen = false
  #isHandled = false
  /** Rejected as the promise is, while the application has not handled that. */
  #unhandled: Promise<never> | undefined

  constructor(promise: Promise<unknown>, ended: OnCompletion) {
    this.listeners = [ended]
    this.#promise = promise
    this.#prototype = Object.getPrototypeOf(promise)
    this.#layer = Object.create(this.#prototype, {
      constructor: {
        configurable: true,
        get: () => this.#constructorRead(),
        set(this: object, value: unknown) {
          Object.defineProperty(this, 'constructor', { ...VISIBLE, value })
        },
      },
    })
  }

  /** Begins to wait; whether that is possible. */
  begin(): boolean {
    if (!Reflect.setPrototypeOf(this.#promise, this.#layer)) return false
    watches.set(this.#promise, this)
    this.#isOwnThen = true
    try {
      Reflect.apply(then, this.#promise, [this.#onResult, this.#onError])
      return true
    } catch {
      this.#end() // an object that only inherits from promises
      return false
    } finally {
      this.#isOwnThen = false
    }
  }

  readonly #onResult = (result: unknown): void => {
    this.#end()
    for (const ended of this.listeners) ended({ threw: false, result })
  }

  readonly #onError = (error: unknown): void => {
    if (this.#isHandled) this.#end()
    else this.#unhandled = Promise.reject(error)
    for (const ended of this.listeners.splice(0)) ended({ threw: true, error })
  }

  #constructorRead(): unknown {
    if (this.#isOwnThen) return Promise // what our own `then` makes is no promise of the application's class
    this.#isHandled = true
    if (this.#unhandled !== undefined) {
      Reflect.apply(then, this.#unhandled, [undefined, () => {}])
      this.#end()
    }
    return this.#prototype.constructor
  }

  #end(): void {
    watches.delete(this.#promise)
    if (Object.getPrototypeOf(this.#promise) !== this.#layer) return
    Object.setPrototypeOf(this.#promise, this.#prototype)
  }
}

const VISIBLE = { configurable: true, enumerable: true, writable: true }
