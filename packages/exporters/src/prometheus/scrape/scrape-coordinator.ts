import type { Resource } from '@opentelemetry/resources'
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Clock, processClock, withTimeout } from '@vr/otel-metrics/internal'
import type { EscapingScheme } from '../naming/escaping.ts'
import { type CollectedFamily, FamilyCollector } from '../text/collected-families.ts'
import { Exposition, type ExpositionSettings } from '../text/exposition.ts'
import { contentType, type NegotiatedFormat } from '../text/format.ts'
import { createWarnOnce, type WarnOnce } from '../warn-once.ts'
import { gzipBody, type ScrapeBody, uncompressedBody } from './scrape-body.ts'
import { SerialQueue } from './serial-queue.ts'
import { COLLECT_SHARE, type EncodedBodies, type PendingBody, SharedCollection } from './shared-collection.ts'
import { writeInSlices } from './slices.ts'

/** A scrape, as its request describes it. */
export interface ScrapeRequest extends NegotiatedFormat {
  /** Names of families or samples to return, or undefined for all. */
  readonly names: readonly string[] | undefined
  readonly acceptsGzip: boolean
  /** How long the scraper waits, in milliseconds. */
  readonly timeoutMs: number
}

/** Maximum number of collections that run or whose bodies are not written yet. Further scrapes wait for one to end. */
const MAX_COLLECTIONS = 8

/** How long a scrape waits for asynchronous resource attributes, in milliseconds. */
const RESOURCE_TIMEOUT_MS = 500

/** The first step of a scrape, as its `TimeoutError` names it. */
export const COLLECTING = 'collecting the metrics'
/** The second step of a scrape, as its `TimeoutError` names it. */
export const WRITING = 'writing the metrics'

/**
 * Produces the bodies of scrapes. Concurrent scrapes share a collection, and the body too if they request the same one.
 * Bodies are written one after the other.
 */
export class ScrapeCoordinator {
  readonly #collect: (options: { timeoutMillis: number }) => Promise<CollectionResult>
  readonly #settings: ExpositionSettings
  readonly #clock: Clock
  readonly #warnOnce: WarnOnce = createWarnOnce()
  readonly #expositions = new Map<EscapingScheme, Exposition>()
  readonly #collections = new Set<SharedCollection>()
  readonly #writing = new SerialQueue()

  constructor(
    collect: (options: { timeoutMillis: number }) => Promise<CollectionResult>,
    settings: ExpositionSettings,
    clock: Clock = processClock,
  ) {
    this.#collect = collect
    this.#settings = settings
    this.#clock = clock
  }

  /**
   * Returns the body of a scrape, or undefined if the client disconnects first.
   * @param disconnected settles when the client has disconnected
   * @throws TimeoutError after the timeout of this scrape, whatever others have; or the error of the collection
   */
  async body(request: ScrapeRequest, disconnected: Promise<void>): Promise<ScrapeBody | undefined> {
    const pending = this.#bodyFor(request)
    pending.waiters += 1
    pending.wantsGzip ||= request.acceptsGzip
    try {
      const encoded = Promise.race([pending.encoded, disconnected.then(() => undefined)])
      const step = (): string => (pending.collection.isOpen ? COLLECTING : WRITING)
      const bodies = await withTimeout(encoded, request.timeoutMs, step, { clock: this.#clock })
      return request.acceptsGzip ? (bodies?.gzipped ?? bodies?.uncompressed) : bodies?.uncompressed
    } finally {
      pending.waiters -= 1
      // A collection may never end. After it, a body without waiters is skipped in its turn; until then it keeps its
      // metrics.
      if (pending.waiters === 0 && pending.collection.isOpen) this.#remove(pending)
    }
  }

  /**
   * Collects, and returns the families of a scrape as data.
   * @throws TimeoutError after `timeoutMs`, or the error of the collection
   */
  async families(timeoutMs: number): Promise<CollectedFamily[]> {
    const clock = this.#clock
    const collected = this.#collectWithin(timeoutMs * COLLECT_SHARE)
    const metrics = await withTimeout(collected, timeoutMs, COLLECTING, { clock })
    return await this.#writing.run(async () => {
      const collector = new FamilyCollector()
      await writeInSlices(this.#exposition('allow-utf-8').write(metrics, collector))
      return collector.families
    })
  }

  /** Returns a body that is being written, else a new one of a running collection, else one of a new collection. */
  #bodyFor(request: ScrapeRequest): PendingBody {
    const key = keyOf(request)
    const now = this.#clock.now()
    const joinable = [...this.#collections].filter((collection) => collection.canJoin(now, request.timeoutMs))
    const body =
      joinable.flatMap((collection) => collection.bodies.get(key) ?? [])[0] ??
      this.#addBody(key, joinable.find(({ isOpen }) => isOpen) ?? this.#addCollection(), request)
    body.collection.extend(now, request.timeoutMs)
    this.#startNext(now)
    return body
  }

  #addCollection(): SharedCollection {
    const collection = new SharedCollection((timeoutMillis) => this.#collectWithin(timeoutMillis))
    this.#collections.add(collection)
    return collection
  }

  #addBody(key: string, collection: SharedCollection, request: ScrapeRequest): PendingBody {
    const { promise: encoded, resolve } = Promise.withResolvers<EncodedBodies>()
    const body: PendingBody = { key, collection, waiters: 0, wantsGzip: false, encoded }
    collection.bodies.set(key, body)
    resolve(this.#write(body, request).finally(() => this.#remove(body)))
    return body
  }

  /** Starts the waiting collection if there is one and the limit allows it. */
  #startNext(now: number): void {
    const collections = [...this.#collections]
    const started = collections.filter(({ hasStarted }) => hasStarted)
    if (started.length < MAX_COLLECTIONS) collections.find(({ hasStarted }) => !hasStarted)?.start(now)
  }

  #remove(body: PendingBody): void {
    const { collection, key } = body
    if (collection.bodies.get(key) !== body) return
    collection.bodies.delete(key)
    if (collection.bodies.size > 0) return
    this.#collections.delete(collection)
    this.#startNext(this.#clock.now())
  }

  async #write(body: PendingBody, { format, scheme, names }: ScrapeRequest): Promise<EncodedBodies> {
    const metrics = await body.collection.collected
    const info = { contentType: contentType(format, scheme), key: body.key, collectedAt: this.#clock.now() }
    return await this.#writing.run(async () => {
      if (body.waiters === 0) throw new Error('all clients of this scrape have disconnected')
      const parts = this.#exposition(scheme).write(metrics, format, names && new Set(names))
      const uncompressed = uncompressedBody(info, await writeInSlices(parts))
      return { uncompressed, gzipped: body.wantsGzip ? await gzipBody(uncompressed) : undefined }
    })
  }

  async #collectWithin(timeoutMillis: number): Promise<ResourceMetrics> {
    const { resourceMetrics, errors } = await this.#collect({ timeoutMillis })
    for (const error of errors) this.#warnOnce(`an instrument could not be collected: ${error}`)
    await this.#waitForResource(resourceMetrics.resource)
    return resourceMetrics
  }

  async #waitForResource(resource: Resource): Promise<void> {
    if (!resource.asyncAttributesPending) return
    const settled = Promise.resolve(resource.waitForAsyncAttributes?.())
    try {
      await withTimeout(settled, RESOURCE_TIMEOUT_MS, 'resource detection', { clock: this.#clock })
    } catch (error) {
      this.#warnOnce(`target_info is incomplete: ${error}`)
    }
  }

  #exposition(scheme: EscapingScheme): Exposition {
    let exposition = this.#expositions.get(scheme)
    if (exposition === undefined) {
      exposition = new Exposition(this.#settings, scheme, this.#warnOnce)
      this.#expositions.set(scheme, exposition)
    }
    return exposition
  }
}

/** Identifies a body: format, escaping scheme and requested names. */
function keyOf({ format, scheme, names }: ScrapeRequest): string {
  const wanted = names === undefined ? '' : JSON.stringify([...new Set(names)].sort())
  return `${contentType(format, scheme)} ${wanted}`
}
