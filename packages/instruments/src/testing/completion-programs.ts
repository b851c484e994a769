import fc from 'fast-check'

/** How a promise settles. */
export type Settlement = 'fulfils' | 'rejects'

/** When a promise settles: at once, in the next microtask, or in the next turn of the event loop. */
export type Delay = 'now' | 'microtask' | 'turn'

/** The reason of all rejections. */
export const REASON = new Error('no')

/** An application that makes a call and uses its result in some ways. */
export interface Program {
  /** Name of a {@link RESULTS}. */
  readonly result: string
  readonly settlement: Settlement
  readonly delay: Delay
  /** Names of {@link USES}, each with the time since the use before it. */
  readonly uses: readonly { readonly use: string; readonly after: Delay | 'late' }[]
}

function settle(settlement: Settlement, delay: Delay): Promise<unknown> {
  const outcome = (): unknown => {
    if (settlement === 'rejects') throw REASON
    return 'result'
  }
  if (delay === 'now') return settlement === 'rejects' ? Promise.reject(REASON) : Promise.resolve('result')
  if (delay === 'microtask') return Promise.resolve().then(outcome)
  return turn().then(outcome)
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A subclass of `Promise` with one more method. */
class Cancelable extends Promise<unknown> {
  cancel(): string {
    return 'cancelled'
  }
}

/** Like the promise of the OpenAI client: it parses the response when it is awaited, or returns it unparsed. */
class ApiPromise extends Promise<unknown> {
  readonly #response: Promise<unknown>
  readonly #log: unknown[]
  #parsed: Promise<unknown> | undefined

  /** An own method of the promise. */
  readonly unwrapped = (): ApiPromise => new ApiPromise(this.parse(), this.#log)

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

  // biome-ignore lint/suspicious/noThenProperty: the class imitates APIPromise of the openai client, which overrides `then` to parse the response lazily
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

/** Like the query of a query builder: it runs each time it is awaited. */
class Query implements PromiseLike<unknown> {
  readonly run: () => Promise<unknown>
  readonly log: unknown[]

  constructor(run: () => Promise<unknown>, log: unknown[]) {
    this.run = run
    this.log = log
  }

  // biome-ignore lint/suspicious/noThenProperty: the class imitates a query builder, which runs a query when `await` calls its `then`
  then<A, B>(
    onResult?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.log.push('run')
    return this.run().then(onResult, onError) as PromiseLike<A | B>
  }
}

type Make = (settlement: Settlement, delay: Delay, log: unknown[]) => PromiseLike<unknown>

/** What the call of a program may return. */
const RESULTS: Readonly<Record<string, Make>> = {
  promise: settle,
  'promise with properties': (settlement, delay) =>
    Object.assign(settle(settlement, delay), { cancel: () => {} }),
  'promise of a subclass': (settlement, delay) => {
    const given = settle(settlement, delay)
    return new Cancelable((resolve, reject) => given.then(resolve, reject))
  },
  'promise of OpenAI': (settlement, delay, log) => new ApiPromise(settle(settlement, delay), log),
  query: (settlement, delay, log) => new Query(() => settle(settlement, delay), log),
  'frozen promise': (settlement, delay) => Object.freeze(settle(settlement, delay)),
}

/** What an application may do with the result of a call. */
const USES: Readonly<Record<string, (given: Promise<unknown>, log: unknown[]) => unknown>> = {
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
    if (given instanceof ApiPromise) log.push(await given.withResponse())
  },
  unwrapped: async (given, log) => {
    if (given instanceof ApiPromise) log.push(await given.unwrapped())
  },
  asResponse: async (given, log) => {
    if (given instanceof ApiPromise) log.push(await given.asResponse())
  },
}

/** Any program. */
export const anyProgram: fc.Arbitrary<Program> = fc.record({
  result: fc.constantFrom(...Object.keys(RESULTS)),
  settlement: fc.constantFrom<Settlement[]>('fulfils', 'rejects'),
  delay: fc.constantFrom<Delay[]>('now', 'microtask', 'turn'),
  uses: fc.array(
    fc.record({
      use: fc.constantFrom(...Object.keys(USES)),
      after: fc.constantFrom<(Delay | 'late')[]>('now', 'microtask', 'turn', 'late'),
    }),
    { maxLength: 3 },
  ),
})

/** Uses that have no effect on a query: it has only `then`. */
const NOT_OF_QUERY: ReadonlySet<string> = new Set([
  'catch',
  'finally',
  'withResponse',
  'unwrapped',
  'asResponse',
])

/** Whether the call of a program completes. A promise of OpenAI and a query do so only if they are used. */
export function completes({ result, uses }: Program): boolean {
  const effective = uses.filter(({ use }) => use !== 'nothing')
  if (result === 'promise of OpenAI') return effective.length > 0
  if (result === 'query') return effective.some(({ use }) => !NOT_OF_QUERY.has(use))
  return true
}

/**
 * Runs a program whose call is made through `observe`. Returns everything that the program can notice: the log of its uses,
 * reports of rejections, whether it got the same object, the keys of that object, and its prototype and own members.
 */
export async function runProgram(program: Program, observe: <R>(call: () => R) => R) {
  const log: unknown[] = []
  const stop = reportRejections(log)
  let made: unknown
  const given = observe(() => {
    made = (RESULTS[program.result] as Make)(program.settlement, program.delay, log)
    return made
  }) as Promise<unknown>
  log.push(given === made)
  for (const { use, after } of program.uses) {
    if (after === 'microtask') await undefined
    if (after === 'turn') await turn()
    if (after === 'late') for (let i = 0; i < 4; i++) await turn()
    USES[use]?.(given, log)
  }
  for (let i = 0; i < 5; i++) await turn()
  stop()
  return { log, keys: Object.keys(given), shape: [Object.getPrototypeOf(given), Reflect.ownKeys(given)] }
}

/** Logs what Node reports of rejections. Returns a function that restores the listeners. */
function reportRejections(log: unknown[]): () => void {
  const listeners = process.listeners('unhandledRejection')
  const onUnhandled = (reason: unknown): unknown => log.push(['unhandled', reason])
  const onHandled = (): unknown => log.push('handled later')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', onUnhandled)
  process.on('rejectionHandled', onHandled)
  return () => {
    process.off('rejectionHandled', onHandled)
    process.off('unhandledRejection', onUnhandled)
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
}
