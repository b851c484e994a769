import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'

/** Returns the time of the clock in milliseconds; `undefined` if the clock failed, which is counted. */
export function readClock({ now }: GatewayInstruments): number | undefined {
  try {
    return now()
  } catch (error) {
    internalErrors.report('request_duration', error)
    return undefined
  }
}
