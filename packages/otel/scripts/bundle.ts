/**
 * Replaces the modules in `dist` by few chunks, for the package as it is published: `node packages/otel/scripts/bundle.ts`, after
 * `npm run build`. The chunks contain the other packages of this repository and upstream's packages, except
 * `@opentelemetry/api`, which the types of the package refer to and whose globals the application shares.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { codeSplitting } from './code-splitting.ts'
import { removeUnusedDeclarations } from './declarations.ts'
import { lazyChunks } from './lazy-chunks.ts'
import { noticeOf } from './notice.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(PACKAGE, 'dist')

/** What the sources use of the packages that they load with `require`. */
const LAZY_NAMES = {
  '@opentelemetry/context-async-hooks': ['AsyncLocalStorageContextManager'],
  '@opentelemetry/core': ['loggingErrorHandler', 'setGlobalErrorHandler', 'W3CBaggagePropagator'],
  '@opentelemetry/instrumentation-undici': ['UndiciInstrumentation'],
  '@opentelemetry/otlp-transformer': [
    'JsonMetricsSerializer',
    'JsonTraceSerializer',
    'ProtobufMetricsSerializer',
    'ProtobufTraceSerializer',
  ],
  '@opentelemetry/resources': ['defaultResource'],
  '@opentelemetry/sdk-trace': ['ParentBasedSampler', 'TraceIdRatioBasedSampler', 'TracerProvider'],
}

/** Resolves the packages of this repository to their sources. */
const workspaceSources: Plugin = {
  name: 'workspace-sources',
  resolveId: {
    filter: { id: /^@vr\/otel-/ },
    handler(specifier) {
      const [name, entry = 'index'] = specifier.slice('@vr/otel-'.length).split('/')
      return fileURLToPath(new URL(`../../${name}/src/${entry}.ts`, import.meta.url))
    },
  },
}

/** Replaces the module `process`: an ES import of it reads all its properties, which opens the standard streams. */
const processModule: Plugin = {
  name: 'process-module',
  resolveId: { filter: { id: /^process$/ }, handler: () => '\0process' },
  load: {
    filter: { id: /^\0process$/ },
    handler: () => 'export const { arch, env, platform } = globalThis.process',
  },
}

const build = await rolldown({
  cwd: PACKAGE,
  input: { index: 'src/index.ts', register: 'src/register.ts' },
  platform: 'node',
  external: ['@opentelemetry/api'],
  plugins: [workspaceSources, processModule, lazyChunks(LAZY_NAMES)],
  onLog(_level, log) {
    throw new Error(log.message)
  },
})
for (const file of globSync('**/*.{js,js.map}', { cwd: DIST })) rmSync(join(DIST, file))
const { output } = await build.write({
  dir: DIST,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  sourcemap: true,
  comments: false,
  codeSplitting: codeSplitting(join(PACKAGE, 'src/register.ts')),
})
await build.close()
const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.entries(chunk.modules) : []))
writeFileSync(
  join(PACKAGE, 'NOTICE'),
  noticeOf(modules.flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [id] : []))),
)
const { dependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
removeUnusedDeclarations(DIST, ['index.d.ts', 'register.d.ts'], Object.keys(dependencies))
