import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Completion } from './completion.ts'
import { trackCompletion } from './track-completion.ts'

type Settling = 'fulfils' | 'rejects'
const REASON = new Error('no')

/** Settles at once, in the next microtask, or in the next turn of the event loop. */
function settling(how: Settling, when: 'now' | 'soon' | 'later'): Promise<unknown> {
  const outcome = (): unknown => {
    if (how === 'rejects') throw REASON
    return 'result'
  }
  if (when === 'now') return how === 'rejects' ? Promise.reject(REASON) : Promise.resolve('result')
  if (when === 'soon') return Promise.resolve().then(outcome)
  return new Promise((resolve) => setImmediate(resolve)).then(outcome)
}

/** A class of promises with a method more. */
class Cancelable extends Promise<unknown> {
  cancel(): string {
    return 'cancelled'
  }
}

/** As the client of OpenAI gives it: the answer is parsed when somebody waits for it, and can be had without that. */
class APIPromise extends Promise<unknown> {
  readonly #response: Promise<unknown>
  readonly #log: unknown[]
  #parsed: Promise<unknown> | undefined

  /** A method of the promise itself. */
  readonly unwrapped = (): APIPromise => new APIPromise(this.parse(), this.#log)

  constructor(response: Promise<unknown>, log: unknown[]) {
    super((resolve) => resolve(null as never))
    this.#response = response
    this.#log = log
  }

  parse(): Promise<unknown> {
    this.#parsed ??= this.#response.then((response) => {
      this.#log.push('parsed')
      return response
    })
    return this.#parsed
  }

  asResponse(): Promise<unknown> {
    return this.#response.then((response) => response)
  }

  async withResponse(): Promise<unknown> {
    const [data] = await Promise.all([this.parse(), this.asResponse()])
    return data
  }

  // biome-ignore lint/suspicious/noThenProperty: it is what such a promise has
  override then(...args: Parameters<Promise<unknown>['then']>): Promise<never> {
    return this.parse().then(...args) as Promise<never>
  }

  override catch(...args: Parameters<Promise<unknown>['catch']>): Promise<never> {
    return this.parse().catch(...args) as Promise<never>
  }

  override finally(...args: Parameters<Promise<unknown>['finally']>): Promise<unknown> {
    return this.parse().finally(...args)
  }
}

/** As a query builder gives it: what is awaited runs, each time. */
class Query implements PromiseLike<unknown> {
  readonly run: () => Promise<unknown>
  readonly log: unknown[]

  constructor(run: () => Promise<unknown>, log: unknown[]) {
    this.run = run
    this.log = log
  }

  // biome-ignore lint/suspicious/noThenProperty: it is what a query has
  then<A, B>(
    onResult?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.log.push('run')
    return this.run().then(onResult, onError) as PromiseLike<A | B>
  }
}

type Make = (how: Settling, when: 'now' | 'soon' | 'later', log: unknown[]) => PromiseLike<unknown>

/** What a tool call may give, by name. */
const KINDS: Readonly<Record<string, Make>> = {
  promise: settling,
  'promise with properties': (how, when) => Object.assign(settling(how, when), { cancel: () => {} }),
  'promise of a subclass': (how, when) => {
    const given = settling(how, when)
    return new Cancelable((resolve, reject) => given.then(resolve, reject))
  },
  'promise of OpenAI': (how, when, log) => new APIPromise(settling(how, when), log),
  query: (how, when, log) => new Query(() => settling(how, when), log),
  'frozen promise': (how, when) => Object.freeze(settling(how, when)),
}

type Use = (given: Promise<unknown>, log: unknown[]) => unknown

/** What an application does with it; what it has is what it has without us. */
const USES: Readonly<Record<string, Use>> = {
  nothing: () => {},
  await: async (given, log) => log.push(await given),
  'await and catch': async (given, log) => {
    try {
      log.push(await given)
    } catch (error) {
      log.push(['caught', error])
    }
  },
  return: (given, log) =>
    (async () => given)().then(
      (result) => log.push(result),
      (error) => log.push(['caught', error]),
    ),
  'one then': (given, log) => given.then((result) => log.push(['then', result])),
  'then twice': (given, log) => {
    for (const n of [1, 2])
      given.then(
        (result) => log.push([n, result]),
        (error) => log.push([n, error]),
      )
  },
  catch: (given, log) => given.catch?.((error) => log.push(['caught', error])),
  finally: (given, log) => given.finally?.(() => log.push('finally')),
  all: (given, log) =>
    Promise.all([given]).then(
      (results) => log.push(results),
      (error) => log.push(['all', error]),
    ),
  race: (given, log) => Promise.race([given]).then((result) => log.push(result)),
  withResponse: async (given, log) => {
    if (given instanceof APIPromise) log.push(await given.withResponse())
  },
  unwrapped: async (given, log) => {
    if (given instanceof APIPromise) log.push(await given.unwrapped())
  },
  asResponse: async (given, log) => {
    if (given instanceof APIPromise) log.push(await given.asResponse())
  },
}

/** Everything that has been reported while a test ran. */
let reported: unknown[] = []
const onUnhandled = (reason: unknown): unknown => reported.push(['unhandled', reason])
const onHandled = (): unknown => reported.push('handled after all')
const listeners = process.listeners('unhandledRejection')

beforeEach(() => {
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', onUnhandled)
  process.on('rejectionHandled', onHandled)
})

afterEach(() => {
  process.off('rejectionHandled', onHandled)
  process.off('unhandledRejection', onUnhandled)
  for (const listener of listeners) process.on('unhandledRejection', listener)
})

interface Program {
  readonly kind: string
  readonly how: Settling
  readonly when: 'now' | 'soon' | 'later'
  /** What is done, and after how many microtasks or turns. */
  readonly uses: readonly { readonly use: string; readonly after: 'now' | 'microtask' | 'turn' | 'late' }[]
  readonly watches: number
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Runs a program, and gives all that it can see; `shape` is what it sees if it looks for it. */
async function run({ kind, how, when, uses }: Program, observe: <R>(call: () => R) => R) {
  const log: unknown[] = []
  reported = log
  let made: unknown
  const given = observe(() => {
    made = (KINDS[kind] as Make)(how, when, log)
    return made
  }) as Promise<unknown>
  log.push(given === made)
  for (const { use, after } of uses) {
    if (after === 'microtask') await undefined
    if (after === 'turn') await turn()
    if (after === 'late') for (let i = 0; i < 4; i++) await turn()
    ;(USES[use] as Use)(given, log)
  }
  for (let i = 0; i < 5; i++) await turn()
  return { log, keys: Object.keys(given), shape: [Object.getPrototypeOf(given), Reflect.ownKeys(given)] }
}

const program: fc.Arbitrary<Program> = fc.record({
  kind: fc.constantFrom(...Object.keys(KINDS)),
  how: fc.constantFrom<Settling[]>('fulfils', 'rejects'),
  when: fc.constantFrom<('now' | 'soon' | 'later')[]>('now', 'soon', 'later'),
  uses: fc.array(
    fc.record({
      use: fc.constantFrom(...Object.keys(USES)),
      after: fc.constantFrom<Program['uses'][number]['after'][]>('now', 'microtask', 'turn', 'late'),
    }),
    { maxLength: 3 },
  ),
  watches: fc.integer({ min: 1, max: 3 }),
})

describe('a call that is observed', () => {
  it('gives its very result, with the reports of rejections and the effects that it has without us', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (tried) => {
        const bare = await run(tried, (call) => call())
        const ends: Completion[] = []
        const observed = await run(tried, (call) => {
          let observing = call
          for (let i = 0; i < tried.watches; i++) {
            const inner = observing
            observing = () => trackCompletion(inner, (how) => void ends.push(how))
          }
          return observing()
        })
        expect([observed.log, observed.keys]).toEqual([bare.log, bare.keys])
        expect(ends.length === 0 || ends.length === tried.watches).toBe(true)
        const hasFulfilled = ends.length > 0 && tried.how === 'fulfils'
        if (hasFulfilled) expect(observed.shape).toEqual(bare.shape)
      }),
      { numRuns: 400 },
    )
  })

  it.each<[string, string]>([
    ['promise', 'nothing'],
    ['promise with properties', 'nothing'],
    ['promise of a subclass', 'nothing'],
    ['promise of OpenAI', 'await'],
    ['promise of OpenAI', 'catch'],
    ['promise of OpenAI', 'finally'],
    ['promise of OpenAI', 'withResponse'],
    ['promise of OpenAI', 'asResponse'],
    ['promise of OpenAI', 'unwrapped'],
    ['query', 'await'],
    ['query', 'one then'],
  ])('ends once with the outcome of a %s that is used by: %s', async (kind, use) => {
    for (const how of ['fulfils', 'rejects'] as const) {
      const ends: Completion[] = []
      const uses = [{ use, after: 'now' }] as const
      await run({ kind, how, when: 'later', uses, watches: 1 }, (call) =>
        trackCompletion(call, (ended) => void ends.push(ended)),
      )
      expect(ends).toEqual([
        how === 'fulfils' ? { threw: false, result: 'result' } : { threw: true, error: REASON },
      ])
    }
  })

  it('ends when it is returned where nothing can be observed of it', () => {
    const ends: Completion[] = []
    const frozen = Object.freeze(Promise.resolve('result'))
    const fake = Object.create(Promise.prototype)
    for (const given of [frozen, fake]) {
      expect(
        trackCompletion(
          () => given,
          (ended) => void ends.push(ended),
        ),
      ).toBe(given)
    }
    expect(ends).toEqual([
      { threw: false, result: frozen },
      { threw: false, result: fake },
    ])
    expect(Object.getPrototypeOf(fake)).toBe(Promise.prototype)
  })

  it('gives a result whose then throws when it is read', () => {
    const hostile = {
      // biome-ignore lint/suspicious/noThenProperty: it is what hostile results have
      get then(): unknown {
        throw new Error('not yours')
      },
    }
    expect(
      trackCompletion(
        () => hostile,
        () => {},
      ),
    ).toBe(hostile)
  })
})
