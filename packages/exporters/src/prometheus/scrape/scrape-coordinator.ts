import type { Resource } from '@opentelemetry/resources'
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Clock, processClock, withTimeout } from '@vr/otel-metrics/internal'
import type { NegotiatedFormat } from '../http/accept.ts'
import type { EscapingScheme } from '../naming/escaping.ts'
import { Exposition, type ExpositionSettings } from '../text/exposition.ts'
import { contentType } from '../text/format.ts'
import { createWarnOnce, type WarnOnce } from '../warn-once.ts'
import { gzipBody, type ScrapeBody, uncompressedBody } from './scrape-body.ts'
import { SerialQueue } from './serial-queue.ts'
import { type EncodedBodies, type PendingBody, SharedCollection } from './shared-collection.ts'
import { writeInSlices } from './slices.ts'

/** What one scrape asks for. */
export interface ScrapeRequest extends NegotiatedFormat {
  /** Names of families or samples, or undefined for all. */
  readonly names: readonly string[] | undefined
  readonly acceptsGzip: boolean
  /** How long the scraper waits, in milliseconds. */
  readonly timeoutMs: number
}

/** Collections that may be under way, or held by texts that are not written, at once; what comes then waits for one to end. */
const MAX_COLLECTIONS = 8

/** How long a scrape waits for attributes of the resource, in milliseconds. */
const RESOURCE_TIMEOUT_MS = 500

/**
 * Makes the answers to scrapes. Scrapes that overlap share their collection, and their text too if they ask for the
 * same; texts are written one after the other.
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
   * Returns what one scrape gets, or undefined if `gone` settles first.
   * @param gone settles when nobody waits any more
   * @throws TimeoutError after the time limit of this scrape, whatever others have; or what collecting threw
   */
  async body(request: ScrapeRequest, gone: Promise<void>): Promise<ScrapeBody | undefined> {
    const text = this.#bodyFor(request)
    text.waiters += 1
    text.wantsGzip ||= request.acceptsGzip
    try {
      const made = Promise.race([text.encoded, gone.then(() => undefined)])
      const doing = (): string => (text.collection.isOpen ? 'collecting' : 'writing the metrics')
      const payloads = await withTimeout(made, request.timeoutMs, doing, { clock: this.#clock })
      return request.acceptsGzip ? (payloads?.gzipped ?? payloads?.uncompressed) : payloads?.uncompressed
    } finally {
      text.waiters -= 1
      // A collection may never end; a text that only waits for its turn is skipped then, and holds its metrics until then.
      if (text.waiters === 0 && text.collection.isOpen) this.#remove(text)
    }
  }

  /** A text that is being made, else one of a collection that has not ended, else one of a new collection. */
  #bodyFor(request: ScrapeRequest): PendingBody {
    const key = keyOf(request)
    const now = this.#clock.now()
    const shared = [...this.#collections].filter((round) => round.fits(now, request.timeoutMs))
    const text =
      shared.flatMap((round) => round.bodies.get(key) ?? [])[0] ??
      this.#addBody(key, shared.find(({ isOpen }) => isOpen) ?? this.#addCollection(), request)
    text.collection.extend(now, request.timeoutMs)
    this.#startNext(now)
    return text
  }

  #addCollection(): SharedCollection {
    const round = new SharedCollection((timeoutMillis) => this.#collectWithin(timeoutMillis))
    this.#collections.add(round)
    return round
  }

  #addBody(key: string, round: SharedCollection, request: ScrapeRequest): PendingBody {
    const { promise: made, resolve } = Promise.withResolvers<EncodedBodies>()
    const text: PendingBody = { key, collection: round, waiters: 0, wantsGzip: false, encoded: made }
    round.bodies.set(key, text)
    resolve(this.#write(text, request).finally(() => this.#remove(text)))
    return text
  }

  /** Begins the round that waits, if there is one and it may. */
  #startNext(now: number): void {
    const rounds = [...this.#collections]
    const begun = rounds.filter(({ hasStarted: hasBegun }) => hasBegun)
    if (begun.length < MAX_COLLECTIONS) rounds.find(({ hasStarted: hasBegun }) => !hasBegun)?.start(now)
  }

  #remove(text: PendingBody): void {
    const { collection: round, key } = text
    if (round.bodies.get(key) !== text) return
    round.bodies.delete(key)
    if (round.bodies.size > 0) return
    this.#collections.delete(round)
    this.#startNext(this.#clock.now())
  }

  async #write(text: PendingBody, { format, scheme, names }: ScrapeRequest): Promise<EncodedBodies> {
    const metrics = await text.collection.collected
    const info = { contentType: contentType(format, scheme), key: text.key, collectedAt: this.#clock.now() }
    return await this.#writing.run(async () => {
      if (text.waiters === 0) throw new Error('nobody waits for this text')
      const pieces = this.#exposition(scheme).write(metrics, format, names && new Set(names))
      const plain = uncompressedBody(info, await writeInSlices(pieces))
      return { uncompressed: plain, gzipped: text.wantsGzip ? await gzipBody(plain) : undefined }
    })
  }

  async #collectWithin(timeoutMillis: number): Promise<ResourceMetrics> {
    const { resourceMetrics, errors } = await this.#collect({ timeoutMillis })
    for (const error of errors) this.#warnOnce(`an instrument could not be collected: ${error}`)
    await this.#resourceSettled(resourceMetrics.resource)
    return resourceMetrics
  }

  /** Attributes that a detector still looks for are waited for, but not for long. */
  async #resourceSettled(resource: Resource): Promise<void> {
    if (!resource.asyncAttributesPending) return
    const settled = Promise.resolve(resource.waitForAsyncAttributes?.())
    try {
      await withTimeout(settled, RESOURCE_TIMEOUT_MS, 'resource detection', { clock: this.#clock })
    } catch (error) {
      this.#warnOnce(`the resource is not complete: ${error}`)
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

/** Tells texts apart: by format, by how names are escaped, and by what is asked for. */
function keyOf({ format, scheme, names }: ScrapeRequest): string {
  const wanted = names === undefined ? '' : JSON.stringify([...new Set(names)].sort())
  return `${contentType(format, scheme)} ${wanted}`
}
