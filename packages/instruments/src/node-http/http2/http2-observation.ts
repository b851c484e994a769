import type { TerminationCause } from '../../observation/outcome.ts'
import { RequestObservation } from '../../observation/request-observation.ts'

/** The observation of an HTTP/2 request, with the cause for which its stream is being closed. */
export class Http2Observation extends RequestObservation {
  /** `undefined` while the stream is open, and if the client closes it by `RST_STREAM`. */
  closeCause: TerminationCause | undefined
}
