import { UNMATCHED_ROUTE } from '../cardinality/route.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'

/** The route of one request: its template, and the values of the labels, which are resolved once, when it is counted. */
export class RequestRoute {
  readonly #instruments: GatewayInstruments
  /** Whether the application has set the template. */
  #isSet = false
  #template: string | undefined
  #label = UNMATCHED_ROUTE
  #httpRoute: string | undefined

  /** Creates a route without a template. */
  constructor(instruments: GatewayInstruments) {
    this.#instruments = instruments
  }

  /** The template; `undefined` if none is set, or none was chosen for the target. */
  get template(): string | undefined {
    return this.#template
  }

  /** The value of the label `route`; `unmatched` until {@link RequestRoute.resolve} is called. */
  get label(): string {
    return this.#label
  }

  /** The value of `http.route` from the same time: the template may have left the bounded set when a stream ends. */
  get httpRoute(): string | undefined {
    return this.#httpRoute
  }

  /** Sets the template of the application's code. The last call counts. */
  set(template: string | undefined): void {
    this.#isSet = true
    this.#template = template && this.#instruments.routes.stored(template)
  }

  /** Sets the template that matched in a framework. The last call counts, unless {@link RequestRoute.set} is called. */
  setFromFramework(template: string | undefined): void {
    if (!this.#isSet) this.#template = template && this.#instruments.routes.stored(template)
  }

  /**
   * Resolves the labels. Never throws: if a label fails, the request is `unmatched`.
   * @param target the request target, from which a template is chosen if the application has set none
   * @param now milliseconds of the monotonic clock
   */
  resolve(target: string | undefined, now: number): void {
    const { routes, httpSemconv } = this.#instruments
    try {
      if (!this.#isSet) this.#template = routes.choose(this.#template, target)
      this.#label = routes.label(this.#template, now)
      if (httpSemconv !== undefined) this.#httpRoute = routes.httpRoute(this.#template)
    } catch (error) {
      internalErrors.report('request_label', error)
    }
  }
}
