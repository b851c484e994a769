import type { ServerResponse } from 'node:http'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { CLIENT_CLOSED_REQUEST, type TerminationCause } from '../observation/outcome.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { Http1Observation } from './http1-observation.ts'
import { type Connection, causeOfClose, statusWithoutHeaders } from './termination-cause.ts'

/**
 * Ends the observation of a response, if it has one that has not ended. If a property of the response or its connection
 * cannot be read, the client is assumed to have disconnected, which is the most likely cause.
 * @param how `finished`: all data was passed to the operating system; `closed`: the connection closed before
 */
export const endResponse = guardVoid(
  'response_end',
  (response: ServerResponse, how: 'finished' | 'closed') => {
    const observation = requestObservationOf(response) // none for a response that no server created
    if (observation === undefined || observation.hasEnded) return
    const sent = sentStatus(response)
    const cause = how === 'finished' ? how : closeCause(observation, response)
    observation.end(cause, sent, sent ?? substituteStatus(observation, response, cause))
  },
)

const sentStatus = guard<[ServerResponse], number | undefined>(
  'response_end',
  (response) => (response.headersSent ? response.statusCode : undefined),
  undefined,
)

const closeCause = guard<[RequestObservation, ServerResponse], TerminationCause>(
  'response_end',
  (observation, response) =>
    causeOfClose(
      connectionOf(observation, response),
      observation instanceof Http1Observation && observation.isIdle,
      response.errored,
    ),
  'client_closed',
)

const substituteStatus = guard<[RequestObservation, ServerResponse, TerminationCause], number>(
  'response_end',
  (observation, response, cause) => statusWithoutHeaders(connectionOf(observation, response), cause),
  CLIENT_CLOSED_REQUEST,
)

/** Returns the connection. An observation made by another copy of this package is not an instance of this `Http1Observation`. */
function connectionOf(observation: RequestObservation, { socket, req }: ServerResponse): Connection {
  return observation instanceof Http1Observation ? observation.socket : ((socket ?? req.socket) as Connection)
}
