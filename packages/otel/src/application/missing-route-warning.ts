import type { DiagLogger } from '@opentelemetry/api'
import type { GatewayInstruments } from '@vr/otel-instruments'

/** A framework that has shown no route in so many requests is not seen. */
const REQUESTS = 100

/**
 * Warns once where a framework is loaded and none of the first hundred requests got a route: a bundler, a loader or a
 * second copy may hide the instance that the application uses.
 */
export class MissingRouteWarning {
  readonly #routes: GatewayInstruments['routes']
  readonly #frameworks: ReadonlySet<string>
  readonly #log: Pick<DiagLogger, 'warn'>
  #isOpen = true

  /** @param frameworks names of the packages of frameworks that are loaded, to be looked at when it is decided */
  constructor(
    routes: GatewayInstruments['routes'],
    frameworks: ReadonlySet<string>,
    log: Pick<DiagLogger, 'warn'>,
  ) {
    this.#routes = routes
    this.#frameworks = frameworks
    this.#log = log
  }

  /** Whether {@link MissingRouteWarning.check} is to be called for the next request. */
  get isPending(): boolean {
    return this.#isOpen
  }

  /** Decides as soon as a request has had a route, or a hundred had none. */
  check(): void {
    if (this.#routes.isEmpty && this.#routes.unmatched < REQUESTS) return
    this.#isOpen = false
    if (!this.#routes.isEmpty || this.#frameworks.size === 0) return
    const names = [...this.#frameworks].join(', ')
    this.#log.warn(
      `none of the first ${REQUESTS} requests got a route, though ${names} is loaded: all count as route="unmatched". If they were not all for unknown paths, a bundler or a second copy hides the framework: load @vr/otel/register by --import, keep the framework out of the bundle, or call setRoute(request, template) (docs/frameworks.md)`,
    )
  }
}
