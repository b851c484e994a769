import { diag } from '@opentelemetry/api'
import type {
  UndiciInstrumentation,
  UndiciInstrumentationConfig,
} from '@opentelemetry/instrumentation-undici'
import { spanOfCall } from '@vr/otel-instruments/adapters'

type Instrumentation = typeof UndiciInstrumentation

/** What a channel of undici publishes. */
interface Message {
  readonly request: object
}

/** How the instrumentation subscribes, which its types keep to itself. */
interface Subscribing {
  subscribeToChannel(name: string, handler: (message: Message) => void): void
}

/** Where it begins a span. */
const CREATE = 'undici:request:create'

/**
 * An instrumentation of undici that is told of sampled calls alone: of the others it would make functions and look them up
 * in a table, four times for each, which is a part of what they cost. Nor does it throw into a channel, which would end the
 * process. A version that subscribes in another way is told of all, and decides as the sampler does.
 * @param letsBy whether a call is not sampled; what names its trace has then been written to it
 */
export function sampledCallsOnly(
  Undici: Instrumentation,
  letsBy: (request: Message['request']) => boolean,
): new (
  config: UndiciInstrumentationConfig,
) => UndiciInstrumentation {
  const Base = Undici as unknown as new (config: UndiciInstrumentationConfig) => Subscribing
  class LanedUndici extends Base {
    override subscribeToChannel(name: string, handler: (message: Message) => void): void {
      const isOurs = name === CREATE ? (request: object) => !letsBy(request) : isSampled
      super.subscribeToChannel(name, (message) => {
        try {
          if (isOurs(message.request)) handler(message)
        } catch (error) {
          diag.error(`a call is not traced to its end (${name})`, error)
        }
      })
    }
  }
  return LanedUndici as unknown as new (
    config: UndiciInstrumentationConfig,
  ) => UndiciInstrumentation
}

function isSampled(request: object): boolean {
  return spanOfCall(request) !== undefined
}
