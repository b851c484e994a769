import type { BatchObservableCallback, Observable, ObservableCallback } from '@opentelemetry/api'
import type { ObservationBuffer } from '../series/observation-buffer.ts'
import {
  BatchCallbackResult,
  isObservable,
  type ObservableInstrument,
  SingleInstrumentResult,
} from './observable-instrument.ts'
import { withTimeout } from './with-timeout.ts'

/** What one collection observed. */
export interface Observations {
  /** In the order of the callbacks; an instrument may be there several times. */
  readonly observed: readonly (readonly [ObservableInstrument, ObservationBuffer])[]
  /** Reasons of callbacks that failed; none is nullish, since upstream's readers look into them. */
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

  /** A callback that is registered for this instrument already is not registered again. */
  add(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.#register(single(callback, instrument))
  }

  remove(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.#unregister(single(callback, instrument))
  }

  /** @returns false if none of these is an instrument of ours */
  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): boolean {
    const registration = batch(callback, observables)
    if (registration.instruments.size > 0) this.#register(registration)
    return registration.instruments.size > 0
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    this.#unregister(batch(callback, observables))
  }

  /**
   * Runs every callback once. What a callback observed counts only if it succeeds in time.
   *
   * @param timeoutMillis for each asynchronous callback
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
        errors.push(outcome.reason ?? new Error('an observable callback failed'))
      else if (result !== undefined) observed.push(...result.buffers)
    }
    return { observed, errors }
  }

  #register(registration: Registration): void {
    if (this.#find(registration) < 0) this.#registrations.push(registration)
  }

  #unregister(registration: Registration): void {
    const at = this.#find(registration)
    if (at >= 0) this.#registrations.splice(at, 1)
  }

  #find({ callback, instruments, isBatch }: Registration): number {
    return this.#registrations.findIndex(
      (known) =>
        known.callback === callback &&
        known.isBatch === isBatch &&
        known.instruments.size === instruments.size &&
        [...instruments].every((instrument) => known.instruments.has(instrument)),
    )
  }
}

function single(callback: ObservableCallback, instrument: ObservableInstrument): Registration {
  const createResult = () => new SingleInstrumentResult(instrument)
  return { callback, instruments: new Set([instrument]), isBatch: false, createResult }
}

function batch(callback: BatchObservableCallback, observables: readonly Observable[]): Registration {
  const instruments = new Set(Array.isArray(observables) ? observables.filter(isObservable) : [])
  return { callback, instruments, isBatch: true, createResult: () => new BatchCallbackResult(instruments) }
}

/** The types of callbacks and results match by construction of the registration. */
async function run(
  callback: Registration['callback'],
  result: unknown,
  timeoutMillis: number,
): Promise<void> {
  const returned = (callback as (result: unknown) => unknown)(result)
  if (isThenable(returned)) await withTimeout(returned, timeoutMillis, 'an observable callback')
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
