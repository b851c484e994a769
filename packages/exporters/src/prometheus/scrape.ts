import type { Resource } from '@opentelemetry/resources'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import type { Negotiated } from './accept.ts'
import { Body } from './body.ts'
import type { EscapingScheme } from './escaping.ts'
import { Exposition, type ExpositionSettings } from './exposition.ts'
import { contentType } from './format.ts'
import { createReport, type Report } from './report.ts'
import { writeInSlices } from './slices.ts'
import { withinTime } from './time-limit.ts'

/** What one scrape asks for. */
export interface ScrapeRequest extends Negotiated {
  /** Names of families or samples, or undefined for all. */
  readonly names: readonly string[] | undefined
  /** How long the scraper waits, in milliseconds. */
  readonly timeLimit: number
}

/** The part of the time limit that instruments may use, so that what is there can still be written. */
const COLLECTING = 0.8

/** How long a scrape waits for attributes of the resource, in milliseconds. */
const RESOURCE_WAIT = 500

/**
 * Makes the bodies of scrapes. Scrapes that overlap share their collection, and their body too if they ask
 * for the same; bodies are written one after the other.
 */
export class Scrapes {
  readonly #collect: (options: { timeoutMillis: number }) => Promise<CollectionResult>
  readonly #settings: ExpositionSettings
  readonly #report: Report = createReport()
  readonly #expositions = new Map<EscapingScheme, Exposition>()
  readonly #bodies = new Map<string, Promise<Body>>()
  #collection: Promise<CollectionResult> | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(
    collect: (options: { timeoutMillis: number }) => Promise<CollectionResult>,
    settings: ExpositionSettings,
  ) {
    this.#collect = collect
    this.#settings = settings
  }

  /** Rejects if there is nothing to answer with: nothing could be collected, or not within the time limit. */
  body(request: ScrapeRequest): Promise<Body> {
    const names = request.names === undefined ? '' : JSON.stringify([...new Set(request.names)].sort())
    const key = `${contentType(request.format, request.scheme)} ${names}`
    let body = this.#bodies.get(key)
    if (body === undefined) {
      body = this.#make(request).finally(() => this.#bodies.delete(key))
      this.#bodies.set(key, body)
    }
    return withinTime(body, request.timeLimit, 'the scrape')
  }

  async #make({ format, scheme, names, timeLimit }: ScrapeRequest): Promise<Body> {
    const { resourceMetrics, errors } = await this.#collected(timeLimit)
    for (const error of errors) this.#report(`an instrument could not be collected: ${error}`)
    await this.#resourceSettled(resourceMetrics.resource)
    const pieces = this.#exposition(scheme).write(resourceMetrics, format, names && new Set(names))
    const written = this.#writing.then(() => writeInSlices(pieces))
    this.#writing = written.then(forget, forget)
    return new Body(contentType(format, scheme), await written)
  }

  #collected(timeLimit: number): Promise<CollectionResult> {
    if (this.#collection === undefined) {
      const work = this.#collect({ timeoutMillis: timeLimit * COLLECTING })
      this.#collection = withinTime(work, timeLimit, 'collecting').finally(() => {
        this.#collection = undefined
      })
    }
    return this.#collection
  }

  /** Attributes that a detector still looks for are waited for, but not for long. */
  async #resourceSettled(resource: Resource): Promise<void> {
    if (!resource.asyncAttributesPending) return
    try {
      await withinTime(
        Promise.resolve(resource.waitForAsyncAttributes?.()),
        RESOURCE_WAIT,
        'resource detection',
      )
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

/** What waits for a writing must not hold its text. */
function forget(): void {}
