import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What each package may import; everything else is a wrong turn in the corridor. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
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

/** Folders in which `node:` modules may be imported, by package; elsewhere the code has to run anywhere. */
const MAY_IMPORT_NODE: Readonly<Record<string, readonly string[]>> = {
  instruments: ['request-context', 'patching', 'process', 'client', 'frameworks', 'node-http'],
  metrics: ['cluster', 'engine'],
}

/** Layers of `instruments`, from bottom to top: a file imports from its own layer or below. */
const LAYERS = [
  ['wire'],
  ['cardinality'],
  ['instruments'],
  ['observation'],
  ['request-context', 'patching', 'process'],
  ['client', 'frameworks', 'node-http'],
]

interface Source {
  readonly pkg: string
  /** Relative to the package's `src`. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const sources: Source[] = globSync('packages/*/src/**/*.{ts,cts}', { cwd: ROOT })
  .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
  .map((file) => {
    const [, pkg = '', , ...rest] = file.split('/')
    const text = readFileSync(join(ROOT, file), 'utf8')
    return { pkg, path: rest.join('/'), text, imports: importsOf(text) }
  })

/** Specifiers of static imports, re-exports, type imports, and of what is loaded later by `require`. */
function importsOf(text: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)|\b(?:load|require|createRequire\(import\.meta\.url\))\('([^']+)'\)/g
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
}

describe('imports', () => {
  it('are found at all', () => {
    expect(sources.length).toBeGreaterThan(80)
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200)
  })

  it('point along the corridor only', () => {
    const wrong = sources.flatMap(({ pkg, path, imports }) =>
      imports
        .filter((id) => !id.startsWith('.') && !id.startsWith('node:'))
        .filter(
          (id) => !(MAY_IMPORT[pkg] ?? []).some((allowed) => id === allowed || id.startsWith(`${allowed}/`)),
        )
        .map((id) => `${pkg}/${path} imports ${id}`),
    )
    expect(wrong).toEqual([])
  })

  it('are declared by the package that has them', () => {
    const wrong = sources.flatMap(({ pkg, path, imports }) => {
      const manifest = manifestOf(pkg)
      const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
      return imports
        .filter((id) => !id.startsWith('.') && !id.startsWith('node:'))
        .map((id) =>
          id
            .split('/')
            .slice(0, id.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((id) => !(id in declared))
        .map((id) => `${pkg}/${path} imports ${id}`)
    })
    expect(wrong).toEqual([])
  })

  it('of node: stay where input and output belong', () => {
    const wrong = sources.flatMap(({ pkg, path, imports }) => {
      const allowed = MAY_IMPORT_NODE[pkg]
      if (allowed === undefined || allowed.some((folder) => path.startsWith(`${folder}/`))) return []
      return imports.filter((id) => id.startsWith('node:')).map((id) => `${pkg}/${path} imports ${id}`)
    })
    expect(wrong).toEqual([])
  })

  it('of node:http as a value never stand in an ES import, which would load TLS', () => {
    const wrong = sources.filter(({ text }) =>
      /\nimport (?!type)[^\n]*'node:(http|https|http2|tls|process)'/.test(`\n${text}`),
    )
    expect(wrong.map(({ pkg, path }) => `${pkg}/${path}`)).toEqual([])
  })

  it('of instruments only go down the layers', () => {
    const layerOf = (path: string): number =>
      LAYERS.findIndex((layer) => layer.includes(path.split('/')[0] as string))
    const wrong = sources
      .filter(({ pkg, path }) => pkg === 'instruments' && layerOf(path) >= 0)
      .flatMap(({ path, text }) =>
        valueImportsOf(text)
          .filter((id) => id.startsWith('.'))
          .map((id) => join(dirname(path), id))
          .filter((target) => layerOf(target) > layerOf(path))
          .map((target) => `${path} imports ${target}`),
      )
    expect(wrong).toEqual([])
  })

  it('have no cycles', () => {
    const graph = new Map(
      sources.map(({ pkg, path, text }) => [
        `${pkg}/${path}`,
        valueImportsOf(text)
          .filter((id) => id.startsWith('.'))
          .map((id) => `${pkg}/${relative('/', resolve('/', dirname(path), id))}`),
      ]),
    )
    expect(cycleIn(graph)).toBeUndefined()
  })
})

/** Without `import type`, which leaves nothing behind. */
function valueImportsOf(text: string): string[] {
  return importsOf(text.replaceAll(/(^|\n)(import|export) type [^;]*?from '[^']+'/g, '$1'))
}

function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>()
  const visit = (node: string, path: readonly string[]): string | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node].join(' → ')
    if (done.has(node)) return undefined
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node])
      if (cycle !== undefined) return cycle
    }
    done.add(node)
    return undefined
  }
  for (const node of graph.keys()) {
    const cycle = visit(node, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly scripts?: Record<string, string>
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

function manifestOf(pkg: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'packages', pkg, 'package.json'), 'utf8'))
}

describe('packages', () => {
  const packages = Object.keys(MAY_IMPORT)

  it('have no install scripts', () => {
    const scripts = packages.flatMap((pkg) => Object.keys(manifestOf(pkg).scripts ?? {}))
    expect(scripts.filter((name) => /install|prepare/.test(name))).toEqual([])
  })

  it('have one version, which the code knows', () => {
    const { VERSION } = {
      VERSION: /'(.+)'/.exec(readFileSync(join(ROOT, 'packages/otel/src/version.ts'), 'utf8'))?.[1],
    }
    expect(packages.map((pkg) => manifestOf(pkg).version)).toEqual(packages.map(() => VERSION))
  })

  it('have no folder or file for what belongs nowhere', () => {
    const names = sources.flatMap(({ path }) => path.replace(/\.c?ts$/, '').split('/'))
    expect(names.filter((name) => /^(common|core|shared|utils?|types|helpers?|misc)$/.test(name))).toEqual([])
  })
})

describe('wrapped methods', () => {
  /** Wraps of one connection, which nobody undoes, and those that are stopped together. */
  const OTHERWISE = ['node-http/on-socket-close.ts', 'node-http/upgrade.ts', 'node-http/event-context.ts']

  it('do nothing once they are undone, where somebody else has wrapped them since', () => {
    const wrapping = sources.filter(({ path, text }) => {
      return /\bwrapMethod\(/.test(text) && !OTHERWISE.includes(path)
    })
    expect(wrapping.length).toBeGreaterThan(8)
    const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length
    const wrong = wrapping.filter(({ text }) => count(text, /\bwrapMethod\(/g) > count(text, /\.isUndone\b/g))
    expect(wrong.map(({ pkg, path }) => `${pkg}/${path}`)).toEqual([])
  })
})

describe('style', () => {
  it('takes timers and clocks as they were when the package was loaded, never the global ones of the moment', () => {
    const global = /(?<![\w.#'"])(set(Timeout|Interval|Immediate)|clear(Timeout|Interval|Immediate))\(/
    const moving = /\b(performance|timers)\.\w+\(|\bDate\.now\b|\bnew Date\(\)|node:timers/
    const wrong = sources.filter(({ path, text }) => {
      if (/(^|\/)real-(timers|clocks)\.ts$/.test(path)) return false
      const code = text.replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '')
      return moving.test(code) || (global.test(code) && !code.includes("real-timers.ts'"))
    })
    expect(wrong.map(({ pkg, path }) => `${pkg}/${path}`)).toEqual([])
  })

  it('keeps files readable in two minutes', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 300)
    expect(long.map(({ pkg, path }) => `${pkg}/${path}`)).toEqual([])
  })

  it('writes to stderr in the ways that survive a broken one, and never to stdout', () => {
    const wrong = sources.filter(({ text }) => /process\.std(err|out)\.write|\bconsole\.\w+\(/.test(text))
    expect(wrong.map(({ pkg, path }) => `${pkg}/${path}`)).toEqual([])
  })

  it('documents every exported name', () => {
    const declaration =
      /(\*\/\s*\n)?(?<=^|\n)export (?:abstract )?(?:async )?(?:class|function|interface|type|const) (\w+)/g
    const wrong = sources.flatMap(({ pkg, path, text }) => {
      const documented = new Map<string, boolean>()
      for (const [, comment, name = ''] of text.matchAll(declaration)) {
        documented.set(name, documented.get(name) === true || comment !== undefined)
      }
      return [...documented].filter(([, is]) => !is).map(([name]) => `${pkg}/${path}: ${name}`)
    })
    expect(wrong).toEqual([])
  })
})
