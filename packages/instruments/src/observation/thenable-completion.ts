import type { OnCompletion } from './completion.ts'
import { isPlainPromise, observePromise } from './promise-completion.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Something that can be awaited. */
interface Thenable {
  readonly then: Method
  readonly [name: PropertyKey]: unknown
}

/**
 * Calls `ended` when a value that can be awaited has ended; only its first call counts.
 * @returns whether its end will be seen, later than now
 */
export function observeCompletion(value: unknown, ended: OnCompletion): boolean {
  try {
    if (isPlainPromise(value)) return observePromise(value, ended)
    return isThenable(value) && observeThenable(value, ended)
  } catch {
    return false // such as a value with a getter that throws: the application gets it as it is
  }
}

/** Whether a value can be awaited. */
function isThenable(value: unknown): value is Thenable {
  const canBe = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canBe && 'then' in value && typeof value.then === 'function'
}

/** Of each that is watched at the moment, who waits for its end. */
const watches = new WeakMap<object, OnCompletion[]>()

/**
 * Calls `ended` when something that can be awaited, with a `then` of its own, has been: by that method, or by another one
 * that gives a promise (`catch`, `finally`, `withResponse` of the client of OpenAI). None of them is called for it: a query
 * would run twice, and an answer be read that the application wants to read itself.
 * @returns whether that is possible: methods of a frozen object stay as they are
 */
function observeThenable(thenable: Thenable, ended: OnCompletion): boolean {
  const known = watches.get(thenable)
  if (known !== undefined) return known.push(ended) > 0
  const hasClass = isPromise(thenable) && !Object.hasOwn(thenable, 'then')
  const restores: (() => void)[] = []
  const listeners = [ended]
  const onEnd: OnCompletion = (how) => {
    for (const restore of restores.splice(0)) restore()
    watches.delete(thenable)
    for (const listener of listeners.splice(0)) listener(how)
  }
  const watched = hasClass
    ? [insertLayer(thenable, onEnd), ...replaceMethods(thenable, Object.keys(thenable), onEnd)]
    : replaceMethods(thenable, ['then', 'catch', 'finally'], onEnd)
  for (const restore of watched) if (restore !== undefined) restores.push(restore)
  if (restores.length > 0) watches.set(thenable, listeners)
  return restores.length > 0
}

function isPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise
  } catch {
    return false // a proxy may do anything
  }
}

/**
 * Puts a layer between a promise and its class that observes the methods of the class. A `then` of the promise itself would
 * slow down all promises of the process: V8 has one flag for "no promise has a `then` of its own".
 */
function insertLayer(promise: object, ended: OnCompletion): (() => void) | undefined {
  const prototype = Object.getPrototypeOf(promise)
  const layer = Object.create(prototype)
  for (const [name, method] of methodsOf(prototype)) {
    Object.defineProperty(layer, name, { ...HIDDEN, value: observed(promise, name, method, ended) })
  }
  if (!Reflect.setPrototypeOf(promise, layer)) return undefined
  return () => {
    if (Object.getPrototypeOf(promise) === layer) Reflect.setPrototypeOf(promise, prototype)
  }
}

/** The methods of a class of promises, without those that all promises have. */
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

/** Replaces methods by ones that observe what they are used for; each is given back by the function for it. */
function replaceMethods(
  thenable: Thenable,
  names: readonly string[],
  ended: OnCompletion,
): ((() => void) | undefined)[] {
  return names.map((name) => {
    const own = Object.getOwnPropertyDescriptor(thenable, name)
    const method = own === undefined ? thenable[name] : own.value // no getter is called
    if (typeof method !== 'function') return undefined
    const value = observed(thenable, name, method as Method, ended)
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

/** A method that observes what it is used for: the callbacks that it is given, and the promise that it gives. */
function observed(thenable: object, name: PropertyKey, method: Method, ended: OnCompletion): Method {
  const observing = function (this: unknown, ...args: unknown[]): unknown {
    if (this !== thenable) return Reflect.apply(method, this, args)
    const result = Reflect.apply(method, this, observedCallbacks(name, args, ended))
    if (result !== thenable && isPromise(result)) observeCompletion(result, ended)
    return result
  }
  Object.defineProperty(observing, 'name', { value: method.name, configurable: true })
  Object.defineProperty(observing, 'length', { value: method.length, configurable: true })
  return observing
}

function observedCallbacks(name: PropertyKey, args: readonly unknown[], ended: OnCompletion): unknown[] {
  const onResult = (result: unknown): void => ended({ threw: false, result })
  const onError = (error: unknown): void => ended({ threw: true, error })
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
