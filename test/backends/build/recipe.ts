/** Where a backend's module, program and version come from; the files beside it are in `recipes/<name>`. */
export interface GoRecipe {
  readonly kind: 'go'
  readonly name: string
  /** The version that people know; the module's own may differ. */
  readonly version: string
  /** Downloaded first, for the checksums that it has for all others: `module@version`. Unset: the recipe has them. */
  readonly module?: string
  /** What is compiled. */
  readonly program: string
  readonly tags?: string
  /** Go variables set at link time, for the version that the program tells. */
  readonly variables: readonly string[]
  /** Seconds that a build takes on two cores when nothing is cached. */
  readonly coldSeconds: number
}

/** A program that the machine's distribution has as a package. */
export interface DebianRecipe {
  readonly kind: 'debian'
  readonly name: string
  readonly version: string
  readonly package: string
  /** Where the package puts the program. */
  readonly file: string
  readonly coldSeconds: number
}

/** How one backend gets onto this machine. */
export type Recipe = GoRecipe | DebianRecipe

/** Every backend, by name. */
export const RECIPES = {
  jaeger: {
    kind: 'go',
    name: 'jaeger',
    version: '2.13.0',
    module: 'github.com/jaegertracing/jaeger@v1.76.0',
    program: 'github.com/jaegertracing/jaeger/cmd/jaeger',
    variables: ['github.com/jaegertracing/jaeger/internal/version.latestVersion=v2.13.0'],
    coldSeconds: 220,
  },
  prometheus: {
    kind: 'go',
    name: 'prometheus',
    version: '3.13.5',
    module: 'github.com/prometheus/prometheus@v0.313.5',
    program: 'github.com/prometheus/prometheus/cmd/prometheus',
    // Without the discovery of clouds, which is a third of what it compiles; that by files stays.
    tags: 'remove_all_sd',
    variables: ['github.com/prometheus/common/version.Version=3.13.5'],
    coldSeconds: 180,
  },
  prometheus2: {
    kind: 'debian',
    name: 'prometheus2',
    version: '2.42',
    package: 'prometheus',
    file: 'usr/bin/prometheus',
    coldSeconds: 5,
  },
  promtool2: {
    kind: 'debian',
    name: 'promtool2',
    version: '2.42',
    package: 'prometheus',
    file: 'usr/bin/promtool',
    coldSeconds: 5,
  },
  collector: {
    kind: 'go',
    name: 'collector',
    version: '0.161.0',
    program: '.',
    variables: [],
    coldSeconds: 190,
  },
  tempo: {
    kind: 'go',
    name: 'tempo',
    version: '3.0-2026-04-23',
    module: 'github.com/grafana/tempo@v1.5.1-0.20260423183749-e1676d825c43',
    program: 'github.com/grafana/tempo/cmd/tempo',
    variables: ['main.Version=3.0-2026-04-23'],
    coldSeconds: 470,
  },
} as const satisfies Record<string, Recipe>

/** The name of a backend. */
export type BackendName = keyof typeof RECIPES

/** What every run asks; the others take long to compile and are asked with `--all`, or where they are built already. */
export const ALWAYS: readonly BackendName[] = ['prometheus2', 'promtool2', 'jaeger', 'prometheus']
