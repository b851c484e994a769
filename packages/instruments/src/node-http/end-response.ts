import type { ServerResponse } from 'node:http'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { CLIENT_CLOSED_REQUEST, type TerminationCause } from '../observation/outcome.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { Http1Observation } from './http1-observation.ts'
import { type Connection, causeOfClose, statusWithoutHeaders } from './termination-cause.ts'

/**
 * Ends the observation of a response, if it has one that has not ended. What cannot be read of the response or of its
 * connection is taken for what is most likely: a client that left.
 * @param how `closed`: before all of it was handed to the operating system
 */
export const endResponse = guardVoid(
  'response_end',
  (response: ServerResponse, how: 'finished' | 'closed') => {
    const observation = requestObservationOf(response)
    if (observation === undefined || observation.hasEnded) return // none: such as a response that no server gave
    const sent = sentStatus(response)
    const ending = how === 'finished' ? how : closedEnding(observation, response)
    observation.end(ending, sent, sent ?? substituteStatus(observation, response, ending))
  },
)

const sentStatus = guard<[ServerResponse], number | undefined>(
  'response_end',
  (response) => (response.headersSent ? response.statusCode : undefined),
  undefined,
)

const closedEnding = guard<[RequestObservation, ServerResponse], TerminationCause>(
  'response_end',
  (observation, response) =>
    causeOfClose(
      connectionOf(observation, response),
      observation instanceof Http1Observation && observation.isIdle,
      response.errored,
    ),
  'client_closed',
)

/** The status that stands for the lack of one. */
const substituteStatus = guard<[RequestObservation, ServerResponse, TerminationCause], number>(
  'response_end',
  (observation, response, ending) => statusWithoutHeaders(connectionOf(observation, response), ending),
  CLIENT_CLOSED_REQUEST,
)

/** The observation knows it from the arrival on, unless another copy of this package has made it. */
function connectionOf(observation: RequestObservation, { socket, req }: ServerResponse): Connection {
  return observation instanceof Http1Observation ? observation.socket : ((socket ?? req.socket) as Connection)
}
