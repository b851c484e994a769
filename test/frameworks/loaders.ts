import { APPLICATIONS, type Application } from './applications.ts'
import type { ModuleSystem } from './entry-file.ts'

/** A loader that compiles modules when they are loaded, and its options without and with the flag. */
export interface Loader {
  /** Name in the output. */
  readonly name: string
  /** Module system of the application. */
  readonly system: ModuleSystem
  /** Extension of the application's file. */
  readonly ending: 'ts' | 'mts'
  /** Node options that start it. */
  readonly options: readonly string[]
  /** The same options with the flag, in each tested order. */
  readonly flagged: readonly (readonly string[])[]
  /** Program that runs the application's file. Default: Node. */
  readonly program?: string
  /** Whether it starts on the oldest supported Node without the flag. */
  readonly isOnOldest: boolean
}

const IMPORT = ['--import', '@vr/otel/register']
const REQUIRE = ['--require', '@vr/otel/register']

function bothOrders(flag: readonly string[], options: readonly string[]): string[][] {
  return [
    [...flag, ...options],
    [...options, ...flag],
  ]
}

function loader(
  name: string,
  options: readonly string[],
  flag: readonly string[],
  rest: Pick<Loader, 'system' | 'ending' | 'isOnOldest'>,
): Loader {
  return { name, options, flagged: bothOrders(flag, options), ...rest }
}

const ESM = { system: 'esm', ending: 'mts', isOnOldest: true } as const
const CJS = { system: 'cjs', ending: 'ts', isOnOldest: true } as const

/**
 * The loaders that are tried. Hooks of `require` (ts-node, esbuild-register) go with `--require @vr/otel/register`: with any
 * `--import`, Node reads the application's own file past them.
 */
export const LOADERS: readonly Loader[] = [
  loader('tsx', ['--import', 'tsx'], IMPORT, ESM),
  loader('tsx', ['--import', 'tsx'], IMPORT, CJS),
  loader('ts-node', ['--loader', 'ts-node/esm'], IMPORT, ESM),
  loader('ts-node', ['--require', 'ts-node/register'], REQUIRE, CJS),
  loader('esbuild-register', ['--require', 'esbuild-register'], REQUIRE, CJS),
  // Under jiti alone, Express answers every request with 500 on Node 22.15.
  loader('jiti', ['--import', 'jiti/register'], IMPORT, { ...ESM, isOnOldest: false }),
  {
    ...ESM,
    name: 'vite-node',
    options: [],
    flagged: [IMPORT],
    program: 'node_modules/vite-node/dist/cli.mjs',
  },
]

/** The applications that are tried under each of them: a framework of ES modules in two shapes, and one of CommonJS. */
export const LOADED: readonly Application[] = APPLICATIONS.filter(({ name }) =>
  ['Hono 4', 'h3 2', 'Express 4 under an alias'].includes(name),
).map((application) => ({ ...application, project: 'loaders' }))
