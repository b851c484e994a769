/** A backend that is compiled with Go. Its other files are in `recipes/<name>`. */
export interface GoRecipe {
  readonly kind: 'go'
  readonly name: string
  /** Version of the release. The version of the module may differ. */
  readonly version: string
  /** `module@version` whose `go.sum` has the checksums of all modules. Unset: `recipes/<name>` has them. */
  readonly module?: string
  /** Go package to compile. */
  readonly program: string
  readonly tags?: string
  /** Go variables set at link time, such as the version that the program reports. */
  readonly variables: readonly string[]
  /** Duration of a build on two cores with empty caches, in seconds. */
  readonly coldSeconds: number
}

/** A program from a package of the Debian distribution. */
export interface DebianRecipe {
  readonly kind: 'debian'
  readonly name: string
  readonly version: string
  readonly package: string
  /** Path of the program in the package. */
  readonly file: string
  readonly coldSeconds: number
}

/** How a backend is obtained. */
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
    // Without the service discovery of clouds, a third of the code; discovery by files remains.
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

/** Name of a backend. */
export type BackendName = keyof typeof RECIPES

/** Backends of every run. The others take long to compile: they are used with `--all`, or if they are in the cache. */
export const ALWAYS: readonly BackendName[] = ['prometheus2', 'promtool2', 'jaeger', 'prometheus']
