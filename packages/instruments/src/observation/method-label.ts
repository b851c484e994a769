import { OTHER_METHOD } from '../cardinality/method.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'

/** Returns the value of the label `method`. Never throws: an error is reported, and the method becomes `_OTHER`. */
export function methodLabel({ methods }: GatewayInstruments, method: string | undefined): string {
  try {
    return methods.label(method)
  } catch (error) {
    internalErrors.report('request_label', error)
    return OTHER_METHOD
  }
}
