import type { Resource } from '@opentelemetry/resources'
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Clock, processClock } from '../otlp/clock.ts'
import type { Negotiated } from './accept.ts'
import { gzipPayload, type Payload, plainPayload } from './body.ts'
import type { EscapingScheme } from './escaping.ts'
import { Exposition, type ExpositionSettings } from './exposition.ts'
import { contentType } from './format.ts'
import { createReport, type Report } from './report.ts'
import { type MadeText, Round, type Text } from './round.ts'
import { Serial } from './serial.ts'
import { writeInSlices } from './slices.ts'
import { withinTime } from './time-limit.ts'

/** What one scrape asks for. */
export interface ScrapeRequest extends Negotiated {
  /** Names of families or samples, or undefined for all. */
  readonly names: readonly string[] | undefined
  readonly acceptsGzip: boolean
  /** How long the scraper waits, in milliseconds. */
  readonly timeLimit: number
}

/** Collections that may be under way, or held by texts that are not written, at once; what comes then waits for one to end. */
const MOST_ROUNDS = 8

/** How long a scrape waits for attributes of the resource, in milliseconds. */
const RESOURCE_WAIT = 500

/**
 * Makes the answers to scrapes. Scrapes that overlap share their collection, and their text too if they ask for the
 * same; texts are written one after the other.
 */
export class Scrapes {
  readonly #collect: (options: { timeoutMillis: number }) => Promise<CollectionResult>
  readonly #settings: ExpositionSettings
  readonly #clock: Clock
  readonly #report: Report = createReport()
  readonly #expositions = new Map<EscapingScheme, Exposition>()
  readonly #rounds = new Set<Round>()
  readonly #writing = new Serial()

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
   * @throws TimeLimitError after the time limit of this scrape, whatever others have; or what collecting threw
   */
  async payload(request: ScrapeRequest, gone: Promise<void>): Promise<Payload | undefined> {
    const text = this.#textFor(request)
    text.waiting += 1
    text.wantsGzip ||= request.acceptsGzip
    try {
      const made = Promise.race([text.made, gone.then(() => undefined)])
      const doing = (): string => (text.round.isOpen ? 'collecting' : 'writing the metrics')
      const payloads = await withinTime(made, request.timeLimit, doing, this.#clock)
      return request.acceptsGzip ? (payloads?.gzipped ?? payloads?.plain) : payloads?.plain
    } finally {
      text.waiting -= 1
      // A collection may never end; a text that only waits for its turn is skipped then, and holds its metrics until then.
      if (text.waiting === 0 && text.round.isOpen) this.#remove(text)
    }
  }

  /** A text that is being made, else one of a collection that has not ended, else one of a new collection. */
  #textFor(request: ScrapeRequest): Text {
    const key = keyOf(request)
    const now = this.#clock.now()
    const shared = [...this.#rounds].filter((round) => round.fits(now, request.timeLimit))
    const text =
      shared.flatMap((round) => round.texts.get(key) ?? [])[0] ??
      this.#addText(key, shared.find(({ isOpen }) => isOpen) ?? this.#addRound(), request)
    text.round.extend(now, request.timeLimit)
    this.#beginNext(now)
    return text
  }

  #addRound(): Round {
    const round = new Round((timeoutMillis) => this.#collected(timeoutMillis))
    this.#rounds.add(round)
    return round
  }

  #addText(key: string, round: Round, request: ScrapeRequest): Text {
    const { promise: made, resolve } = Promise.withResolvers<MadeText>()
    const text: Text = { key, round, waiting: 0, wantsGzip: false, made }
    round.texts.set(key, text)
    resolve(this.#make(text, request).finally(() => this.#remove(text)))
    return text
  }

  /** Begins the round that waits, if there is one and it may. */
  #beginNext(now: number): void {
    const rounds = [...this.#rounds]
    const begun = rounds.filter(({ hasBegun }) => hasBegun)
    if (begun.length < MOST_ROUNDS) rounds.find(({ hasBegun }) => !hasBegun)?.begin(now)
  }

  #remove(text: Text): void {
    const { round, key } = text
    if (round.texts.get(key) !== text) return
    round.texts.delete(key)
    if (round.texts.size > 0) return
    this.#rounds.delete(round)
    this.#beginNext(this.#clock.now())
  }

  async #make(text: Text, { format, scheme, names }: ScrapeRequest): Promise<MadeText> {
    const metrics = await text.round.collected
    const info = { contentType: contentType(format, scheme), key: text.key, collectedAt: this.#clock.now() }
    return await this.#writing.run(async () => {
      if (text.waiting === 0) throw new Error('nobody waits for this text')
      const pieces = this.#exposition(scheme).write(metrics, format, names && new Set(names))
      const plain = plainPayload(info, await writeInSlices(pieces))
      return { plain, gzipped: text.wantsGzip ? await gzipPayload(plain) : undefined }
    })
  }

  async #collected(timeoutMillis: number): Promise<ResourceMetrics> {
    const { resourceMetrics, errors } = await this.#collect({ timeoutMillis })
    for (const error of errors) this.#report(`an instrument could not be collected: ${error}`)
    await this.#resourceSettled(resourceMetrics.resource)
    return resourceMetrics
  }

  /** Attributes that a detector still looks for are waited for, but not for long. */
  async #resourceSettled(resource: Resource): Promise<void> {
    if (!resource.asyncAttributesPending) return
    const settled = Promise.resolve(resource.waitForAsyncAttributes?.())
    try {
      await withinTime(settled, RESOURCE_WAIT, () => 'resource detection', this.#clock)
    } catch (error) {
      this.#report(`the resource is not complete: ${error}`)
    }
  }

  #exposition(scheme: EscapingScheme): Exposition {
    let exposition = this.#expositions.get(scheme)
    if (exposition === undefined) {
      exposition = new Exposition(this.#settings, scheme, this.#report)
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
