import { decode, InvalidMessage, type JsonObject } from './codec.ts'
import type { Hello, MemberMessage } from './control-messages.ts'
import { PROTOCOL_VERSION } from './messages.ts'
import { PushValidator } from './push-validator.ts'
import { validateReadiness } from './validate-readiness.ts'
import { validateRequest, validateResponse } from './validate-text-message.ts'
import { boolean, integer, text } from './validation.ts'

/** A URL that a log line may contain. */
const PRINTABLE = /^[\x21-\x7e]*$/

/** Validates the messages of one connection of a member. */
export class MemberMessageValidator {
  readonly #pushes = new PushValidator()

  /** @throws InvalidMessage if the message is refused */
  validate(received: unknown): MemberMessage {
    const message = decode(received)
    switch (message.type) {
      case 'push':
        return this.#pushes.validate(message)
      case 'hello':
        return validateHello(message)
      case 'serving':
        return { type: 'serving', ...validateUrl(message['url']) }
      case 'readiness':
        return { type: 'readiness', readiness: validateReadiness(message['readiness']) }
      case 'flushed':
        return { type: 'flushed', id: integer(message['id'], 'id') }
      case 'sync':
        return { type: 'sync', id: integer(message['id'], 'id') }
      case 'ping':
        return { type: 'ping', id: integer(message['id'], 'id') }
      case 'goodbye':
        return { type: 'goodbye' }
      case 'request':
        return validateRequest(message)
      case 'response':
        return validateResponse(message)
      default:
        throw new InvalidMessage('type', 'unknown type')
    }
  }

  /** Forgets the ids of metrics and series: the member defines them again. */
  reset(): void {
    this.#pushes.reset()
  }
}

/** Validates only the version of the message if its protocol is another one, whose further fields are not known. */
function validateHello(message: JsonObject): Hello {
  const protocol = integer(message['protocol'], 'protocol')
  const version = text(message['version'], 'version', 100)
  if (protocol !== PROTOCOL_VERSION) return { type: 'hello', protocol, version, key: '', serves: false }
  return {
    type: 'hello',
    protocol,
    version,
    key: text(message['key'], 'key', 200),
    serves: boolean(message['serves'], 'serves'),
  }
}

function validateUrl(value: unknown): { url?: string } {
  if (value === undefined) return {}
  const url = text(value, 'url', 200)
  if (!PRINTABLE.test(url)) throw new InvalidMessage('value', 'url has characters that are not printable')
  return { url }
}
