import type { TerminationCause } from '../../observation/outcome.ts'
import { RequestObservation } from '../../observation/request-observation.ts'

/** The observation of a request of HTTP/2, with how its stream is being closed. */
export class Http2Observation extends RequestObservation {
  /** `undefined` while nobody closes the stream, or the client does so by `RST_STREAM`. */
  closedBy: TerminationCause | undefined
}
