import type { DiagLogger } from '@opentelemetry/api'
import type { GatewayInstruments } from '@vr/otel-instruments'

/** Requests without any route after which a loaded framework counts as not instrumented. */
const REQUESTS = 100

/**
 * Warns once if a framework is loaded and none of the first 100 requests has a route: a bundler, a loader or a second copy
 * of the framework may hide the instance that the application uses.
 */
export class MissingRouteWarning {
  readonly #routes: GatewayInstruments['routes']
  readonly #frameworks: ReadonlySet<string>
  readonly #log: Pick<DiagLogger, 'warn'>
  #isPending = true

  /** @param frameworks package names of the loaded frameworks; read when the check decides */
  constructor(
    routes: GatewayInstruments['routes'],
    frameworks: ReadonlySet<string>,
    log: Pick<DiagLogger, 'warn'>,
  ) {
    this.#routes = routes
    this.#frameworks = frameworks
    this.#log = log
  }

  /** Whether {@link MissingRouteWarning.check} must be called for the next request. */
  get isPending(): boolean {
    return this.#isPending
  }

  /** Decides as soon as one request has a route, or 100 requests have none. */
  check(): void {
    if (!this.#routes.hasStored && this.#routes.unmatched < REQUESTS) return
    this.#isPending = false
    if (this.#routes.hasStored || this.#frameworks.size === 0) return
    const names = [...this.#frameworks].join(', ')
    this.#log.warn(
      `no routes: ${names} is loaded, but the first ${REQUESTS} requests all have route="unmatched". If their paths exist, a bundler or a second copy hides the framework: load @vr/otel/register with --import, keep the framework out of the bundle, or call setRoute(request, template); see docs/frameworks.md`,
    )
  }
}
