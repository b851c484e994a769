import type { OnCompletion } from './completion.ts'
import { isPlainPromise, observePromise } from './promise-completion.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** A value that can be awaited. */
interface Thenable {
  readonly then: Method
  readonly [name: PropertyKey]: unknown
}

/**
 * Calls `onCompletion` when a promise settles, or when the application has awaited another thenable. May call it several times;
 * the first call counts. Never calls it before this function returns.
 * @returns whether the value can be observed
 */
export function observeCompletion(value: unknown, onCompletion: OnCompletion): boolean {
  try {
    if (isPlainPromise(value)) return observePromise(value, onCompletion)
    return isThenable(value) && observeThenable(value, onCompletion)
  } catch {
    return false // for example a value with a getter that throws
  }
}

/** Whether a value has a method `then`. */
function isThenable(value: unknown): value is Thenable {
  const canBe = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canBe && 'then' in value && typeof value.then === 'function'
}

/** Listeners of the thenables that are observed. */
const listenersOf = new WeakMap<object, OnCompletion[]>()

/**
 * Replaces the methods of a value with its own `then`, to call `onCompletion` after the application has called one of them:
 * `then`, or a method that returns a promise (`catch`, `finally`, `withResponse` of the OpenAI client). Calls none of them
 * itself: a query would run twice, and the body of a response would be consumed.
 * @returns whether the value can be observed: methods of a frozen object cannot be replaced
 */
function observeThenable(thenable: Thenable, onCompletion: OnCompletion): boolean {
  const known = listenersOf.get(thenable)
  if (known !== undefined) return known.push(onCompletion) > 0
  const hasClass = isPromise(thenable) && !Object.hasOwn(thenable, 'then')
  let restores: (() => void)[] = []
  const listeners = [onCompletion]
  const onUse: OnCompletion = (completion) => {
    for (const restore of restores) restore()
    listenersOf.delete(thenable)
    for (const listener of listeners.splice(0)) listener(completion)
  }
  const replaced = hasClass
    ? [insertLayer(thenable, onUse), ...replaceMethods(thenable, Object.keys(thenable), onUse)]
    : replaceMethods(thenable, ['then', 'catch', 'finally'], onUse)
  restores = replaced.filter((restore) => restore !== undefined)
  if (restores.length > 0) listenersOf.set(thenable, listeners)
  return restores.length > 0
}

function isPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise
  } catch {
    return false // a proxy may throw
  }
}

/**
 * Inserts an object between a promise and its prototype that overrides the methods of its class. An own `then` of the promise
 * would slow down all promises of the process: V8 has one flag for "no promise has an own `then`".
 */
function insertLayer(promise: object, onCompletion: OnCompletion): (() => void) | undefined {
  const prototype = Object.getPrototypeOf(promise)
  const layer = Object.create(prototype)
  for (const [name, method] of methodsOf(prototype)) {
    Object.defineProperty(layer, name, { ...HIDDEN, value: observed(promise, name, method, onCompletion) })
  }
  if (!Reflect.setPrototypeOf(promise, layer)) return undefined
  return () => {
    if (Object.getPrototypeOf(promise) === layer) Reflect.setPrototypeOf(promise, prototype)
  }
}

/** Returns the methods of a class of promises, without those of `Promise.prototype`. */
function methodsOf(prototype: object): Map<PropertyKey, Method> {
  const methods = new Map<PropertyKey, Method>()
  for (let at = prototype; at !== Promise.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) {
      const { value } = Object.getOwnPropertyDescriptor(at, name) as PropertyDescriptor
      if (typeof value === 'function' && name !== 'constructor' && !methods.has(name))
        methods.set(name, value)
    }
  }
  return methods
}

/** Replaces methods by observing ones. Returns for each method a function that restores it. */
function replaceMethods(
  thenable: Thenable,
  names: readonly string[],
  onCompletion: OnCompletion,
): ((() => void) | undefined)[] {
  return names.map((name) => {
    const own = Object.getOwnPropertyDescriptor(thenable, name)
    const method = own === undefined ? thenable[name] : own.value // without calling getters
    if (typeof method !== 'function') return undefined
    const value = observed(thenable, name, method as Method, onCompletion)
    const enumerable = own?.enumerable ?? false
    if (!Reflect.defineProperty(thenable, name, { ...HIDDEN, enumerable, value })) return undefined
    return () => {
      if (thenable[name] !== value) return
      if (own === undefined) Reflect.deleteProperty(thenable, name)
      else Reflect.defineProperty(thenable, name, own)
    }
  })
}

const HIDDEN = { configurable: true, enumerable: false, writable: true }

/** Returns a method that observes the callbacks that are passed to it and the promise that it returns. */
function observed(thenable: object, name: PropertyKey, method: Method, onCompletion: OnCompletion): Method {
  const observing = function (this: unknown, ...args: unknown[]): unknown {
    if (this !== thenable) return Reflect.apply(method, this, args)
    const result = Reflect.apply(method, this, observedCallbacks(name, args, onCompletion))
    if (result !== thenable && isPromise(result)) observeCompletion(result, onCompletion)
    return result
  }
  Object.defineProperty(observing, 'name', { value: method.name, configurable: true })
  Object.defineProperty(observing, 'length', { value: method.length, configurable: true })
  return observing
}

function observedCallbacks(
  name: PropertyKey,
  args: readonly unknown[],
  onCompletion: OnCompletion,
): unknown[] {
  const onResult = (result: unknown): void => onCompletion({ threw: false, result })
  const onError = (error: unknown): void => onCompletion({ threw: true, error })
  const observers = name === 'then' ? [onResult, onError] : name === 'catch' ? [onError] : []
  return args.map((callback, i) => {
    const observer = observers[i]
    if (observer === undefined || typeof callback !== 'function') return callback
    return function (this: unknown, ...given: unknown[]): unknown {
      observer(given[0])
      return Reflect.apply(callback, this, given)
    }
  })
}
