import { createRequire } from 'node:module'
import { isSafeFamily, parseInSlices, type WorkerFamily } from '@vr/otel-metrics/engine'
import { logger, withTimeout } from '@vr/otel-metrics/internal'

/** Time limit of a registry, in milliseconds: metrics of prom-client can run code of the application. */
const TIMEOUT_MS = 1000

/** The file that both packages export their default registry from. */
const ENTRY = /[\\/]node_modules[\\/](prom-client|@prometheus-io[\\/]client)[\\/]index\.js$/

/** The loaded CommonJS modules, by path. */
const { cache: LOADED } = createRequire(import.meta.url)

/** The part of a registry that is read. */
interface Registry {
  readonly contentType: string
  metrics(): Promise<string>
  getMetricsAsArray(): readonly { readonly name: string; readonly aggregator?: string }[]
}

/**
 * Reads the default registries of `prom-client` and `@prometheus-io/client` in this process. They are found in the cache of
 * `require`, which CommonJS packages are in however they are loaded; nothing is loaded here.
 */
export class PromClientRegistries {
  readonly #modules: NodeJS.Dict<NodeJS.Module>
  #lastFailure = ''

  /** @param modules the loaded CommonJS modules, by path */
  constructor(modules: NodeJS.Dict<NodeJS.Module> = LOADED) {
    this.#modules = modules
  }

  /** Returns the metrics. A registry that fails, or needs longer than 1 s, has none. Never rejects. */
  async collect(timeoutMs: number): Promise<WorkerFamily[]> {
    const limit = Math.min(TIMEOUT_MS, timeoutMs)
    return (await Promise.all(this.#registries().map((registry) => this.#read(registry, limit)))).flat()
  }

  #registries(): Registry[] {
    const found = Object.keys(this.#modules).flatMap((path) =>
      ENTRY.test(path) ? (this.#modules[path]?.exports as { readonly register?: unknown })?.register : [],
    )
    return [...new Set(found)].filter(isRegistry)
  }

  async #read(registry: Registry, timeoutMs: number): Promise<WorkerFamily[]> {
    try {
      const rules = aggregatorsOf(registry)
      const text = await withTimeout(registry.metrics(), timeoutMs, 'reading the metrics of prom-client')
      const isOpenMetrics = registry.contentType.startsWith('application/openmetrics-text')
      const families = await parseInSlices([Buffer.from(text)], isOpenMetrics ? 'openmetrics' : 'text')
      return families
        .filter(isSafeFamily)
        .map((family) => ({ family, aggregator: rules.get(baseName(family.name)) ?? 'sum' }))
    } catch (error) {
      this.#warn(error)
      return []
    }
  }

  #warn(error: unknown): void {
    const message = `the metrics of prom-client are not exposed: ${error instanceof Error ? error.message : error}`
    if (message === this.#lastFailure) return
    this.#lastFailure = message
    logger.warn(message)
  }
}

/** Returns the option `aggregator` of each metric. */
function aggregatorsOf(registry: Registry): ReadonlyMap<string, string | undefined> {
  return new Map(registry.getMetricsAsArray().map(({ name, aggregator }) => [baseName(name), aggregator]))
}

/** OpenMetrics adds `_total` to the names of counters, and prom-client changes the names of its metrics accordingly. */
const baseName = (name: string): string => name.replace(/_total$/, '')

function isRegistry(value: unknown): value is Registry {
  const { metrics, getMetricsAsArray } = (value ?? {}) as Partial<Record<keyof Registry, unknown>>
  return typeof metrics === 'function' && typeof getMetricsAsArray === 'function'
}
