import type { JsonObject } from './codec.ts'
import type { TextRequest, TextResponse } from './control-messages.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'
import { boolean, integer, text } from './validation.ts'

/** @throws InvalidMessage if the request is not valid */
export function validateRequest(message: JsonObject): TextRequest {
  return {
    type: 'request',
    id: integer(message['id'], 'id'),
    timeoutMs: integer(message['timeoutMs'], 'timeoutMs'),
  }
}

/** @throws InvalidMessage if the response is not valid */
export function validateResponse(message: JsonObject): TextResponse {
  return {
    type: 'response',
    id: integer(message['id'], 'id'),
    text: text(message['text'], 'text', MAX_MESSAGE_BYTES),
    isLast: boolean(message['isLast'], 'isLast'),
  }
}
