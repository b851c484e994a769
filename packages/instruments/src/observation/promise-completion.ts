import type { OnCompletion } from './completion.ts'

const { then } = Promise.prototype

/** Whether a value is a promise with the `then` of all promises, which has no effect of its own. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.then === Promise.prototype.then
}

/** Observers of pending promises. */
const observers = new WeakMap<object, PromiseObserver>()

/**
 * Calls `onCompletion` when a promise settles, without handling its rejection. Until then, an object between the promise and
 * its prototype answers `constructor`, which everything that handles a promise reads first. If the promise rejects before it
 * is handled, an internal promise rejects in its place, and is handled when the application handles its own. See
 * docs/decisions/observed-promises.md.
 * @returns whether the promise can be observed: the prototype of a non-extensible object cannot be replaced
 */
export function observePromise(promise: Promise<unknown>, onCompletion: OnCompletion): boolean {
  const known = observers.get(promise)
  if (known !== undefined) {
    known.listeners.push(onCompletion)
    return true
  }
  return new PromiseObserver(promise, onCompletion).start()
}

class PromiseObserver {
  readonly listeners: OnCompletion[]
  readonly #promise: Promise<unknown>
  readonly #prototype: object
  readonly #layer: object
  #isInternalThen = false
  #isHandled = false
  /** Rejects in place of a promise that the application has not handled. */
  #substitute: Promise<never> | undefined

  constructor(promise: Promise<unknown>, onCompletion: OnCompletion) {
    this.listeners = [onCompletion]
    this.#promise = promise
    this.#prototype = Object.getPrototypeOf(promise)
    this.#layer = Object.create(this.#prototype, {
      constructor: {
        configurable: true,
        get: () => this.#onConstructorRead(),
        set(this: object, value: unknown) {
          Object.defineProperty(this, 'constructor', { ...VISIBLE, value })
        },
      },
    })
  }

  /** Starts to observe. Returns whether that is possible. */
  start(): boolean {
    if (!Reflect.setPrototypeOf(this.#promise, this.#layer)) return false
    observers.set(this.#promise, this)
    this.#isInternalThen = true
    try {
      Reflect.apply(then, this.#promise, [this.#onResult, this.#onError])
      return true
    } catch {
      this.#stop() // an object that inherits from `Promise.prototype`, but is not a promise
      return false
    } finally {
      this.#isInternalThen = false
    }
  }

  readonly #onResult = (result: unknown): void => {
    this.#stop()
    for (const listener of this.listeners) listener({ threw: false, result })
  }

  readonly #onError = (error: unknown): void => {
    if (this.#isHandled) this.#stop()
    else this.#substitute = Promise.reject(error)
    for (const listener of this.listeners.splice(0)) listener({ threw: true, error })
  }

  #onConstructorRead(): unknown {
    if (this.#isInternalThen) return Promise // the result of the internal `then` is not an instance of the application's class
    this.#isHandled = true
    if (this.#substitute !== undefined) {
      Reflect.apply(then, this.#substitute, [undefined, () => {}])
      this.#stop()
    }
    return this.#prototype.constructor
  }

  #stop(): void {
    observers.delete(this.#promise)
    if (Object.getPrototypeOf(this.#promise) !== this.#layer) return
    Object.setPrototypeOf(this.#promise, this.#prototype)
  }
}

const VISIBLE = { configurable: true, enumerable: true, writable: true }
