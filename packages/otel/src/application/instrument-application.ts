import { createRequire } from 'node:module'
import { isMetricsServer } from '@vr/otel-exporters'
import { type GatewayInstruments, NOOP_MCP_TRACER } from '@vr/otel-instruments'
import {
  CLIENT_PATCHES,
  FRAMEWORK_PATCHES,
  FRAMEWORKS,
  type HttpModule,
  MCP_PATCHES,
  type NodeHttpModule,
  type NodeHttpOptions,
  observeMcp,
  observeNodeHttp,
  WEBSOCKET_PATCHES,
} from '@vr/otel-instruments/adapters'
import { FRAMEWORK_PACKAGES, shareRequestContext, startAll } from '@vr/otel-instruments/internal'
import { logger, setImmediate } from '@vr/otel-metrics/internal'
import type { Settings } from '../config/settings.ts'
import { type HealthHandlers, healthHandlerOf, isHealthPath } from '../health/health-paths.ts'
import { loadedPackages, patchModules } from '../hook/patch-modules.ts'
import type { PullEndpoint } from '../metrics/pull-endpoint.ts'
import type { Tracing } from '../tracing/start-tracing.ts'
import { closingConnections } from './close-connections.ts'
import { MissingRouteWarning } from './missing-route-warning.ts'
import { isPath, pathMatcher } from './path-matcher.ts'

const load = createRequire(import.meta.url)

/** Options of {@link instrumentApplication}. */
export interface ApplicationParts {
  readonly settings: Settings
  readonly instruments: GatewayInstruments
  readonly endpoint: PullEndpoint | undefined
  /** Answer the paths of the health endpoints if there is no metrics endpoint. */
  readonly health: HealthHandlers
  readonly tracing: Tracing | undefined
  /** Whether requests have spans: then `node:https` is loaded anyway, and its class is instrumented. */
  readonly hasSpans: boolean
  /** Called once, after the application has received the first measured request. */
  readonly onFirstRequest: (() => void) | undefined
  /** Called when a measured request arrives, before the application handles it. */
  readonly onRequest: () => void
}

/**
 * Instruments the HTTP servers, clients and frameworks of the application. If a part fails, the parts before it are undone.
 * @returns removes the instrumentation
 * @throws Error of the part that fails
 */
export function instrumentApplication(parts: ApplicationParts): () => void {
  const { settings, instruments, endpoint, tracing, hasSpans } = parts
  const isExcluded = excludedTargets(settings)
  const missingRouteWarning = new MissingRouteWarning(instruments.routes, loadedPackages(), logger)
  const https = hasSpans ? [load('node:https') as HttpModule] : []
  const options: NodeHttpOptions = {
    instruments,
    observes: withFirstRequest((target, server) => {
      if (missingRouteWarning.isPending) missingRouteWarning.check()
      const isMeasured = !isExcluded(target) && !isMetricsServer(server)
      if (isMeasured) parts.onRequest()
      return isMeasured
    }, parts.onFirstRequest),
    intercept: closingConnections(
      endpoint?.intercept ?? ((target) => healthHandlerOf(settings, parts.health, target)),
    ),
    ...(tracing === undefined ? {} : { tracer: tracing.requestTracer }),
  }
  const observesMcp = instruments.measuresMcp || tracing !== undefined
  const { mcpTracer = NOOP_MCP_TRACER } = tracing ?? {}
  const { mcpServerLabels: serverLabels } = settings
  const mcpPatches = observesMcp ? MCP_PATCHES : []
  const patches = [...FRAMEWORK_PATCHES, ...CLIENT_PATCHES, ...WEBSOCKET_PATCHES, ...mcpPatches]
  return startAll([
    shareRequestContext,
    () => observeNodeHttp([load('node:http') as NodeHttpModule, ...https], options).stop,
    ...FRAMEWORKS,
    ...(observesMcp ? [() => observeMcp({ instruments, tracer: mcpTracer, serverLabels })] : []),
    () => patchModules(patches, FRAMEWORK_PACKAGES),
    ...(tracing === undefined ? [] : [() => tracing.instrument()]),
  ])
}

/** Decides whether a request is measured. */
type Observes = NonNullable<NodeHttpOptions['observes']>

/** Calls `onFirst` once, in the turn of the event loop after the first measured request arrived. */
function withFirstRequest(decide: Observes, onFirst: (() => void) | undefined): Observes {
  let isFirst = onFirst !== undefined
  return (target, server) => {
    const isMeasured = decide(target, server)
    if (isFirst && isMeasured) {
      isFirst = false
      setImmediate(onFirst as () => void)
    }
    return isMeasured
  }
}

/** Returns a function that tests whether a request is neither measured nor traced. */
function excludedTargets(settings: Settings): (target: string | undefined) => boolean {
  const { excludedPaths, metricsPath } = settings
  const isListed = pathMatcher(excludedPaths)
  return (target) => isListed(target) || isPath(target, metricsPath) || isHealthPath(settings, target)
}
