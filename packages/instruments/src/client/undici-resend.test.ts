import { describe, expect, it } from 'vitest'
import { applyPatch } from '../testing/reported-routes.ts'
import { UNDICI_RESEND_PATCHES } from './undici-resend.ts'

const HANDLER = /RetryHandler/

describe('the patch of an undici handler', () => {
  it('keeps `dispatch` an own property of the handler', () => {
    class Assigning {
      declare readonly dispatch: unknown
      constructor(dispatch: unknown) {
        Object.assign(this, { dispatch })
      }
    }
    const dispatch = (...args: unknown[]): unknown[] => args
    const undo = applyPatch(UNDICI_RESEND_PATCHES, HANDLER, Assigning)
    const patched = new Assigning(dispatch)
    undo()
    const plain = new Assigning(dispatch)
    expect((patched.dispatch as typeof dispatch)(1, 2)).toEqual([1, 2])
    expect(Object.keys(patched)).toEqual(Object.keys(plain))
    expect(plain.dispatch).toBe(dispatch)
    expect(new Assigning(undefined).dispatch).toBe(undefined)
  })

  it('changes nothing if the prototype has `dispatch`', () => {
    class Handler {
      dispatch(): void {}
    }
    const before = Object.getOwnPropertyDescriptors(Handler.prototype)
    applyPatch(UNDICI_RESEND_PATCHES, HANDLER, Handler)
    expect(Object.getOwnPropertyDescriptors(Handler.prototype)).toEqual(before)
  })
})
