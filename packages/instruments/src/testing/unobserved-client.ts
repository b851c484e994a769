import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

/** Exporters send in such a context. */
const SUPPRESSED = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
)

/** A client whose calls are not observed, in a process in which those of gateways are. */
export class UnobservedClient {
  #isCalling = false

  /** The option `activeContext` of the instruments. */
  readonly activeContext = (): Context => (this.#isCalling ? SUPPRESSED : ROOT_CONTEXT)

  /** Sends a request. */
  send(url: string, method = 'POST', body = '{}'): http.ClientRequest {
    this.#isCalling = true
    const request = http.request(url, { method, agent: false })
    this.#isCalling = false
    return request.end(method === 'GET' ? undefined : body)
  }

  /** Sends a request and resolves when the response has ended or was cut off. */
  async exchange(url: string, method?: string, body?: string): Promise<void> {
    const [response] = (await once(this.send(url, method, body), 'response')) as [IncomingMessage]
    response.on('error', () => {}).resume()
    await new Promise((resolve) => response.once('close', resolve))
  }
}
