import type { BatchObservableCallback, Observable, ObservableCallback } from '@opentelemetry/api'
import type { ObservationBuffer } from '../series/observation-buffer.ts'
import { withTimeout } from '../with-timeout.ts'
import {
  BatchCallbackResult,
  isObservable,
  type ObservableInstrument,
  SingleInstrumentResult,
} from './observable-instrument.ts'

/** Result of running all callbacks of a meter once. */
export interface Observations {
  /** Observations in the order of the callbacks. An instrument can occur more than once. */
  readonly observed: readonly (readonly [ObservableInstrument, ObservationBuffer])[]
  /** Errors of failed callbacks. Never null or undefined: the readers of sdk-metrics access their properties. */
  readonly errors: readonly unknown[]
}

interface Registration {
  readonly callback: ObservableCallback | BatchObservableCallback
  readonly instruments: ReadonlySet<ObservableInstrument>
  readonly isBatch: boolean
  createResult(): SingleInstrumentResult | BatchCallbackResult
}

/** The callbacks of one meter (specification metrics/api.md "Asynchronous instrument API"). */
export class CallbackRegistry {
  readonly #registrations: Registration[] = []

  /** Registers a callback. Does nothing if it is registered for this instrument already. */
  add(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.#register(singleRegistration(callback, instrument))
  }

  remove(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.#unregister(singleRegistration(callback, instrument))
  }

  /** @returns false if none of the observables is an instrument of this SDK */
  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): boolean {
    const registration = batchRegistration(callback, observables)
    if (registration.instruments.size > 0) this.#register(registration)
    return registration.instruments.size > 0
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    this.#unregister(batchRegistration(callback, observables))
  }

  /**
   * Runs every callback once. Observations of callbacks that fail or time out are dropped.
   *
   * @param timeoutMillis time limit of each asynchronous callback
   */
  async observe(timeoutMillis: number): Promise<Observations> {
    const runs = this.#registrations.map(({ callback, createResult }) => ({
      callback,
      result: createResult(),
    }))
    const outcomes = await Promise.allSettled(
      runs.map(({ callback, result }) => run(callback, result, timeoutMillis)),
    )
    const observed: (readonly [ObservableInstrument, ObservationBuffer])[] = []
    const errors: unknown[] = []
    for (const [i, outcome] of outcomes.entries()) {
      const result = runs[i]?.result
      result?.close()
      if (outcome.status === 'rejected')
        errors.push(outcome.reason ?? new Error('observable callback failed'))
      else if (result !== undefined) observed.push(...result.buffers)
    }
    return { observed, errors }
  }

  /**
   * Runs every callback once, when the process exits. Takes the observations that each makes synchronously, and ignores promises and
   * errors.
   */
  observeSync(): Observations {
    const observed: (readonly [ObservableInstrument, ObservationBuffer])[] = []
    for (const { callback, createResult } of this.#registrations) {
      const result = createResult()
      // The synchronous part of an async function runs in the call; nothing waits for the rest.
      run(callback, result, Number.POSITIVE_INFINITY).catch(() => {})
      result.close()
      observed.push(...result.buffers)
    }
    return { observed, errors: [] }
  }

  #register(registration: Registration): void {
    if (this.#find(registration) < 0) this.#registrations.push(registration)
  }

  #unregister(registration: Registration): void {
    const index = this.#find(registration)
    if (index >= 0) this.#registrations.splice(index, 1)
  }

  #find({ callback, instruments, isBatch }: Registration): number {
    return this.#registrations.findIndex(
      (registered) =>
        registered.callback === callback &&
        registered.isBatch === isBatch &&
        registered.instruments.size === instruments.size &&
        [...instruments].every((instrument) => registered.instruments.has(instrument)),
    )
  }
}

function singleRegistration(callback: ObservableCallback, instrument: ObservableInstrument): Registration {
  const createResult = () => new SingleInstrumentResult(instrument)
  return { callback, instruments: new Set([instrument]), isBatch: false, createResult }
}

function batchRegistration(
  callback: BatchObservableCallback,
  observables: readonly Observable[],
): Registration {
  const instruments = new Set(Array.isArray(observables) ? observables.filter(isObservable) : [])
  return { callback, instruments, isBatch: true, createResult: () => new BatchCallbackResult(instruments) }
}

/** Runs one callback. The types of callback and result match: both come from one registration. */
async function run(
  callback: Registration['callback'],
  result: unknown,
  timeoutMillis: number,
): Promise<void> {
  const returned = (callback as (result: unknown) => unknown)(result)
  if (isThenable(returned)) await withTimeout(returned, timeoutMillis, 'observable callback')
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
