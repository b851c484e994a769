import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findCycle } from './find-cycle.ts'
import { manifestOf, PACKAGES, ROOT, type SourceFile, sources } from './package-sources.ts'
import { type Import, importsOf } from './source-imports.ts'

/** The packages that each package may import; the direction is that of docs/architecture.md. */
const ALLOWED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  instruments: ['@opentelemetry/api'],
  metrics: [
    '@opentelemetry/api',
    '@opentelemetry/core',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-metrics',
  ],
  exporters: [
    '@opentelemetry/api',
    '@opentelemetry/core',
    '@opentelemetry/otlp-transformer',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-metrics',
    '@opentelemetry/sdk-trace',
    '@vr/otel-metrics',
  ],
  otel: [
    '@opentelemetry/api',
    '@opentelemetry/context-async-hooks',
    '@opentelemetry/core',
    '@opentelemetry/instrumentation-undici',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
    '@vr/otel-exporters',
    '@vr/otel-instruments',
    '@vr/otel-metrics',
  ],
}

/** Folders that may use `node:` modules, by package; all other code of these packages runs on any runtime. */
const NODE_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  instruments: [
    'tracing',
    'content-coding',
    'request-context',
    'patching',
    'process',
    'client',
    'frameworks',
    'node-http',
  ],
  metrics: ['cluster', 'engine'],
}

/** Files that use `node:` modules outside of those folders, and why. */
const NODE_FILES: Readonly<Record<string, string>> = {
  'instruments/instruments/metric-events.ts': 'publishes on a diagnostics channel',
  'metrics/provider/default-resource.ts': 'requires @opentelemetry/resources when no resource is given',
}

/** Layers of `instruments`, from bottom to top: a file imports from its own layer or a lower one. */
const LAYERS = [
  ['wire'],
  ['cardinality'],
  ['instruments'],
  ['observation', 'tracing'],
  ['content-coding', 'request-context', 'patching', 'process'],
  ['client', 'frameworks', 'node-http', 'mcp'],
]

/** Files whose specifiers are computed: they load a file that a caller names. */
const COMPUTED_SPECIFIERS = ['otel/hook/load-instance.ts']

interface Edge extends Import {
  readonly source: SourceFile
  readonly specifier: string
}

const edges: readonly Edge[] = sources.flatMap((source) =>
  source.imports.flatMap(({ form, specifier }) =>
    specifier === undefined ? [] : [{ source, form, specifier }],
  ),
)
const packageEdges = edges.filter(({ specifier }) => !/^(\.|node:)/.test(specifier))

/** Edges as a failure prints them. */
const print = (wrong: readonly Edge[]): string[] =>
  wrong.map(({ source, specifier }) => `${source.name} imports ${specifier}`)

/** The path of an imported file of the same package, relative to `src`. */
const targetOf = ({ source, specifier }: Edge): string =>
  join(dirname(source.path), specifier).replace(/\.js$/, '.ts')

describe('an import in a package', () => {
  it('is found in every form', () => {
    const forms = Object.groupBy(edges, ({ form }) => form)
    expect(Object.keys(forms).sort()).toEqual(['builtin', 'dynamic', 'require', 'type', 'value'])
    expect(sources.length).toBeGreaterThan(80)
    expect(edges.length).toBeGreaterThan(400)
  })

  it('names its module in a string', () => {
    const computed = sources.filter(({ imports }) => imports.some(({ specifier }) => specifier === undefined))
    expect(computed.map(({ name }) => name)).toEqual(COMPUTED_SPECIFIERS)
  })

  it('is of a package that this package may import, types included', () => {
    const wrong = packageEdges.filter(
      ({ source, specifier }) =>
        !ALLOWED_PACKAGES[source.pkg]?.some(
          (allowed) => specifier === allowed || specifier.startsWith(`${allowed}/`),
        ),
    )
    expect(print(wrong)).toEqual([])
  })

  it('is of a package that package.json names as a dependency; of a bundled one in otel, also for development', () => {
    const wrong = packageEdges.filter(({ source, specifier }) => {
      const { dependencies, peerDependencies, devDependencies } = manifestOf(source.pkg)
      const bundled = source.pkg === 'otel' ? devDependencies : {}
      const [name] = /^(@[^/]+\/)?[^/]+/.exec(specifier) as RegExpExecArray
      return !(name in { ...dependencies, ...peerDependencies, ...bundled })
    })
    expect(print(wrong)).toEqual([])
  })

  it('of a node: module is in a folder for input and output, types included', () => {
    const wrong = edges.filter(({ source, specifier, form }) => {
      const folders = NODE_FOLDERS[source.pkg]
      if (folders === undefined || source.name in NODE_FILES) return false
      if (!specifier.startsWith('node:') && form !== 'builtin') return false
      return !folders.some((folder) => source.path.startsWith(`${folder}/`))
    })
    expect(print(wrong)).toEqual([])
  })

  it('of a built-in module has the prefix node:', () => {
    expect(
      print(edges.filter(({ form, specifier }) => form === 'builtin' && !/^node:/.test(specifier))),
    ).toEqual([])
  })

  it('of node:http, https, http2, tls or process is not an ES import of a value, which loads TLS', () => {
    const wrong = edges.filter(
      ({ form, specifier }) => form === 'value' && /^node:(http|https|http2|tls|process)$/.test(specifier),
    )
    expect(print(wrong)).toEqual([])
  })

  it('in instruments is of the same layer or a lower one, types included', () => {
    const layerOf = (path: string): number =>
      LAYERS.findIndex((layer) => layer.includes(path.split('/')[0] as string))
    const wrong = edges.filter((edge) => {
      const { source, specifier } = edge
      if (source.pkg !== 'instruments' || !specifier.startsWith('.') || layerOf(source.path) < 0) return false
      return layerOf(targetOf(edge)) > layerOf(source.path)
    })
    expect(print(wrong)).toEqual([])
  })

  it('in instruments is from a folder that has a layer, or from the root', () => {
    const known = LAYERS.flat()
    const folders = sources.flatMap(({ pkg, path }) =>
      pkg === 'instruments' && path.includes('/') ? [path.split('/')[0] as string] : [],
    )
    expect([...new Set(folders)].sort()).toEqual([...known].sort())
  })

  it('is in no cycle of files, types included', () => {
    const graph = new Map(
      sources.map((source) => [
        source.name,
        edges
          .filter((edge) => edge.source === source && edge.specifier.startsWith('.'))
          .map((edge) => `${source.pkg}/${targetOf(edge)}`),
      ]),
    )
    const missing = [...graph.values()].flat().filter((target) => !graph.has(target))
    expect(missing).toEqual([])
    expect(findCycle(graph)).toBeUndefined()
  })
})

describe('an entry point that is not public', () => {
  it('is imported by the packages it is for and by benchmarks only', () => {
    const allowed: Readonly<Record<string, RegExp>> = {
      '@vr/otel-instruments/internal': /^(packages\/otel|bench)\//,
      '@vr/otel-metrics/cluster': /^(packages\/otel|bench)\//,
      '@vr/otel-metrics/engine': /^(packages\/(exporters|otel)|bench)\//,
      '@vr/otel-metrics/internal': /^(packages\/(exporters|otel)|bench)\//,
    }
    const files = globSync('{packages,examples,test,bench}/**/*.{ts,cts,mts,mjs,cjs}', {
      cwd: ROOT,
      exclude: (path) => /node_modules|\/dist(\/|$)/.test(path),
    })
    const imports = files.flatMap((file) =>
      importsOf(readFileSync(join(ROOT, file), 'utf8'))
        .filter(({ specifier }) => /^@vr\/.*\/(internal|cluster|engine)$/.test(specifier ?? ''))
        .map(({ specifier }) => ({ file, specifier: specifier as string })),
    )
    expect(new Set(imports.map(({ specifier }) => specifier))).toEqual(new Set(Object.keys(allowed)))
    expect(imports.filter(({ file, specifier }) => !allowed[specifier]?.test(file))).toEqual([])
  })
})

describe('the packages', () => {
  it('have a rule for what they may import', () => {
    expect(Object.keys(ALLOWED_PACKAGES).sort()).toEqual([...new Set(sources.map(({ pkg }) => pkg))].sort())
  })

  it('have no install scripts', () => {
    const scripts = PACKAGES.flatMap((pkg) => Object.keys(manifestOf(pkg).scripts ?? {}))
    expect(scripts.filter((name) => /install|prepare/.test(name))).toEqual([])
  })

  it('have the version that the code reports', () => {
    const source = readFileSync(join(ROOT, 'packages/otel/src/version.ts'), 'utf8')
    const version = /'(.+)'/.exec(source)?.[1]
    expect(PACKAGES.map((pkg) => manifestOf(pkg).version)).toEqual(PACKAGES.map(() => version))
  })

  it.each(['packages/*/src', 'examples', 'test', 'bench'])(
    'have no catch-all folder or file in %s',
    (folder) => {
      const files = globSync(`${folder}/**/*.{ts,cts,mts,mjs,cjs}`, {
        cwd: ROOT,
        exclude: (path) => /node_modules|\/dist(\/|$)|\/projects\//.test(path),
      })
      const names = files.flatMap((file) => file.replace(/\.[cm]?[tj]s$/, '').split('/'))
      expect(names.filter((name) => /^(common|core|shared|utils?|types|helpers?|misc)$/.test(name))).toEqual(
        [],
      )
      expect(files.length).toBeGreaterThan(5)
    },
  )
})
