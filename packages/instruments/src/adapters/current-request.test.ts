import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { currentRequest, REQUEST, runAsRequest } from './current-request.ts'

const instruments = new GatewayInstruments({ meterProvider: new RecordingProvider(), prefix: '' })
const request = () =>
  new RequestObservation(instruments, { method: 'GET', scheme: 'http', protocolVersion: '1.1' })

/** The request that code knows itself to be of when it is run as one, in a context. */
function known(observation: RequestObservation, active = context.active()): RequestObservation | undefined {
  return runAsRequest(observation, active, () => currentRequest(context.active()))
}

describe('the request that code was started by', () => {
  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  afterAll(() => context.disable())

  it('is known without a context of its own, and after the code has waited', async () => {
    const own = request()
    expect(known(own)).toBe(own)
    const later = runAsRequest(own, ROOT_CONTEXT, async () => {
      await new Promise(setImmediate)
      return currentRequest(context.active())
    })
    expect(currentRequest(context.active())).toBeUndefined()
    expect(await later).toBe(own)
  })

  it('is known by a context that was made for it', () => {
    const own = request()
    context.with(ROOT_CONTEXT.setValue(REQUEST, own), () => expect(known(own)).toBe(own))
  })

  it('is the one that is emitted again, not the one that is handled meanwhile', () => {
    const [own, outer] = [request(), request()]
    runAsRequest(outer, ROOT_CONTEXT, () => expect(known(own)).toBe(own))
    context.with(ROOT_CONTEXT.setValue(REQUEST, outer), () => {
      expect(known(own)).toBe(own)
      expect(currentRequest(context.active())).toBe(outer)
    })
  })
})
