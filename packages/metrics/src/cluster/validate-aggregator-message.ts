import { decode, InvalidMessage } from './codec.ts'
import type { AggregatorMessage } from './control-messages.ts'
import { PushValidator } from './push-validator.ts'
import { validateAttributes } from './validate-attributes.ts'
import { validateRequest, validateResponse } from './validate-text-message.ts'
import { boolean, integer, oneOf, text } from './validation.ts'

/** Validates the messages of an aggregator: a member trusts none of them. */
export class AggregatorMessageValidator {
  readonly #pushes = new PushValidator()

  /** @throws InvalidMessage if the message is refused */
  validate(received: unknown): AggregatorMessage {
    const message = decode(received)
    switch (message.type) {
      case 'welcome':
        return {
          type: 'welcome',
          protocol: integer(message['protocol'], 'protocol'),
          version: text(message['version'], 'version', 100),
          key: text(message['key'], 'key', 200),
          resource: validateAttributes(message['resource']),
          slot: integer(message['slot'], 'slot'),
        }
      case 'refused':
        return {
          type: 'refused',
          reason: oneOf(message['reason'], ['protocol', 'ended', 'closed'], 'reason'),
          protocol: integer(message['protocol'], 'protocol'),
          version: text(message['version'], 'version', 100),
        }
      case 'flush':
        return { type: 'flush', id: integer(message['id'], 'id') }
      case 'state':
        return {
          type: 'state',
          push: this.#pushes.validate(message['push']),
          isLast: boolean(message['isLast'], 'isLast'),
        }
      case 'synced':
        return {
          type: 'synced',
          id: integer(message['id'], 'id'),
          complete: boolean(message['complete'], 'complete'),
        }
      case 'pong':
        return { type: 'pong', id: integer(message['id'], 'id') }
      case 'reset':
        return { type: 'reset' }
      case 'request':
        return validateRequest(message)
      case 'response':
        return validateResponse(message)
      default:
        throw new InvalidMessage('type', 'unknown type')
    }
  }
}
