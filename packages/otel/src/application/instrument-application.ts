import { createRequire } from 'node:module'
import { isMetricsServer } from '@vr/otel-exporters'
import type { GatewayInstruments } from '@vr/otel-instruments'
import {
  CLIENT_PATCHES,
  FRAMEWORK_PATCHES,
  FRAMEWORKS,
  type HttpModule,
  type NodeHttpModule,
  type NodeHttpOptions,
  observeNodeHttp,
} from '@vr/otel-instruments/adapters'
import { FRAMEWORK_PACKAGES, startAll } from '@vr/otel-instruments/internal'
import { logger, setImmediate } from '@vr/otel-metrics/internal'
import type { Settings } from '../config/settings.ts'
import { loadedPackages, patchModules } from '../hook/patch-modules.ts'
import type { PullEndpoint } from '../metrics/pull-endpoint.ts'
import type { Tracing } from '../tracing/start-tracing.ts'
import { MissingRouteWarning } from './missing-route-warning.ts'
import { isPath, pathMatcher } from './path-matcher.ts'

const load = createRequire(import.meta.url)

/** What {@link instrumentApplication} is given. */
export interface ApplicationParts {
  readonly settings: Settings
  readonly instruments: GatewayInstruments
  readonly endpoint: PullEndpoint | undefined
  readonly tracing: Tracing | undefined
  /** Whether somebody puts spans around requests: then `node:https` is loaded anyway, and observed by class. */
  readonly hasSpans: boolean
  /** Called when the first request that is measured has been handed to the application. */
  readonly onFirstRequest: (() => void) | undefined
}

/**
 * Starts to observe the application's servers and frameworks. If one part cannot start, the parts before it are stopped.
 * @returns stops all of it
 * @throws Error of the part that cannot start
 */
export function instrumentApplication(parts: ApplicationParts): () => void {
  const { settings, instruments, endpoint, tracing, hasSpans } = parts
  const isExcluded = exclusion(settings)
  const missingRoutes = new MissingRouteWarning(instruments.routes, loadedPackages(), logger)
  const https = hasSpans ? [load('node:https') as HttpModule] : []
  const options: NodeHttpOptions = {
    instruments,
    observes: notingFirst((target, server) => {
      if (missingRoutes.isPending) missingRoutes.check()
      return !isExcluded(target) && !isMetricsServer(server)
    }, parts.onFirstRequest),
    ...(endpoint === undefined ? {} : { intercept: endpoint.intercept }),
    ...(tracing === undefined ? {} : { tracer: tracing.requestTracer }),
  }
  return startAll([
    () => observeNodeHttp([load('node:http') as NodeHttpModule, ...https], options).stop,
    ...FRAMEWORKS,
    () => patchModules([...FRAMEWORK_PATCHES, ...CLIENT_PATCHES], FRAMEWORK_PACKAGES),
    ...(tracing === undefined ? [] : [() => tracing.instrument()]),
  ])
}

/** Which requests are measured. */
type Observes = NonNullable<NodeHttpOptions['observes']>

/** @param onFirst called in the turn of the event loop after the first request that is measured arrived */
function notingFirst(observes: Observes, onFirst: (() => void) | undefined): Observes {
  let isFirst = onFirst !== undefined
  return (target, server) => {
    const isMeasured = observes(target, server)
    if (isFirst && isMeasured) {
      isFirst = false
      setImmediate(onFirst as () => void)
    }
    return isMeasured
  }
}

/** Which request targets are neither measured nor traced. */
function exclusion(settings: Settings): (target: string | undefined) => boolean {
  const { excludedPaths, metricsPath, healthPath } = settings
  const isListed = pathMatcher(excludedPaths)
  return (target) =>
    isListed(target) ||
    isPath(target, metricsPath) ||
    (healthPath !== undefined && isPath(target, healthPath))
}
