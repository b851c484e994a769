/**
 * `npm run test:packed`: packs the four packages as a release does, installs them with npm in folders outside the
 * repository, and runs applications there. Needs the registry that npm is configured for; everything else is on loopback.
 * The npm script builds the packages first. Ends with `N passed, N failed`, and exit code 1 if a check failed.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bothForms } from './cases/both-forms.ts'
import { contents } from './cases/contents.ts'
import { frameworks } from './cases/frameworks.ts'
import { loadedScripts } from './cases/loaded-scripts.ts'
import { neighbours } from './cases/neighbours.ts'
import { oldNode } from './cases/old-node.ts'
import { ownSdk } from './cases/own-sdk.ts'
import { packageLint } from './cases/package-lint.ts'
import { plainServers } from './cases/plain-servers.ts'
import { pm2 } from './cases/pm2.ts'
import { twoCopies } from './cases/two-copies.ts'
import { types } from './cases/type-check.ts'
import { Checks } from './checks.ts'
import { installNode, oldNodeOfMachine } from './nodes.ts'
import { pack, type Tarball } from './pack.ts'
import { allOf, createProject, onlyOtel, type Project, type ProjectOptions } from './project.ts'

const checks = new Checks()
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'vr-otel-packed-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const tarballs = await checks.check('the packages pack', () => pack(folder))
if (tarballs !== undefined) {
  await packageLint(checks, tarballs)
  await onPlainProject(tarballs)
  await onFrameworks(tarballs)
  await onOwnSdk2(tarballs)
  await onOwnSdk3(tarballs)
  await onNeighbours(tarballs)
  await onPm2(tarballs)
  await onTypes(tarballs)
}
console.log(checks.summary())
process.exitCode = checks.areGood ? 0 : 1

async function onPlainProject(tarballs: readonly Tarball[]): Promise<void> {
  const apps = [
    'server.mjs',
    'server.cjs',
    'exit-code.mjs',
    'exit-code.cjs',
    'gateway.mjs',
    'record-scripts.mjs',
    'scripts.mjs',
    'two-copies.mjs',
  ]
  const plain = await install('plain', { apps, dependencies: allOf(tarballs) })
  if (plain === undefined) return
  await contents(checks, tarballs, plain)
  await loadedScripts(checks, plain)
  await bothForms(checks, plain)
  await twoCopies(checks, plain)
  await plainServers(checks, plain, process.execPath, `Node ${process.versions.node}`)
  await onOtherNodes(plain)
}

async function onOtherNodes(plain: Project): Promise<void> {
  if (process.platform !== 'linux')
    return checks.skip('other versions of Node', 'npm has Node for Linux only')
  const machines = await oldNodeOfMachine()
  if (machines === undefined) await onNode('20.20.2', (node) => oldNode(checks, plain, node, 'Node 20.20.2'))
  else await oldNode(checks, plain, machines, 'Node of this machine')
  // The last version that cannot `require` an ES module: there, `--require` resolves to a separate file.
  await onNode('20.18.3', (node) => oldNode(checks, plain, node, 'Node 20.18.3'))
  await onNode('22.15.0', (node) => plainServers(checks, plain, node, 'Node 22.15.0'))
}

async function onNode(version: string, use: (node: string) => Promise<void>): Promise<void> {
  const place = join(folder, `node-${version}`)
  const node = await checks.check(`Node ${version} installs`, () => installNode(version, place))
  if (node !== undefined) await use(node)
}

async function onFrameworks(tarballs: readonly Tarball[]): Promise<void> {
  const apps = ['express.mjs', 'express.cjs', 'fastify.mjs', 'fastify.cjs']
  const { dependencies, overrides } = onlyOtel(tarballs)
  const all = { ...dependencies, express: '5.3.0', fastify: '5.12.8' }
  const project = await install('frameworks', { apps, dependencies: all, overrides })
  if (project !== undefined) await frameworks(checks, project)
}

/** The newest 2.x SDK, with API 1.9, which no 3.x package accepts. */
async function onOwnSdk2(tarballs: readonly Tarball[]): Promise<void> {
  const { dependencies, overrides } = onlyOtel(tarballs)
  const all = {
    ...dependencies,
    '@opentelemetry/api': '1.9.1',
    '@opentelemetry/instrumentation': '0.223.0',
    '@opentelemetry/instrumentation-http': '0.223.0',
    '@opentelemetry/sdk-metrics': '2.12.0',
    '@opentelemetry/sdk-node': '0.223.0',
    '@opentelemetry/sdk-trace-node': '2.12.0',
  }
  const apps = ['own-sdk', 'own-sdk-2']
  const project = await install('own-sdk-2', { apps, dependencies: all, overrides })
  if (project !== undefined) await ownSdk(checks, project, 'own SDK 2.x')
}

async function onOwnSdk3(tarballs: readonly Tarball[]): Promise<void> {
  const { dependencies, overrides } = onlyOtel(tarballs)
  const all = {
    ...dependencies,
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/instrumentation': '0.301.0',
    '@opentelemetry/instrumentation-http': '0.301.0',
    '@opentelemetry/sdk-metrics': '3.1.0',
    '@opentelemetry/sdk-node': '0.301.0',
    '@opentelemetry/sdk-trace': '3.1.0',
  }
  const apps = ['own-sdk', 'own-sdk-3']
  const project = await install('own-sdk-3', { apps, dependencies: all, overrides })
  if (project !== undefined) await ownSdk(checks, project, 'own SDK 3.x')
}

/** Instrumentations of client libraries. The OpenAI instrumentation has no support for `openai` 7 yet. */
async function onNeighbours(tarballs: readonly Tarball[]): Promise<void> {
  const { dependencies, overrides } = onlyOtel(tarballs)
  const all = {
    ...dependencies,
    '@ai-sdk/openai-compatible': '3.0.92',
    '@ai-sdk/otel': '1.0.173',
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/instrumentation-openai': '0.21.0',
    '@traceloop/instrumentation-openai': '0.27.0',
    ai: '7.0.173',
    openai: '5.23.2',
    zod: '3.25.76',
  }
  const project = await install('neighbours', { apps: ['neighbours'], dependencies: all, overrides })
  if (project !== undefined) await neighbours(checks, project)
}

async function onPm2(tarballs: readonly Tarball[]): Promise<void> {
  const { dependencies, overrides } = onlyOtel(tarballs)
  const project = await install('pm2', {
    apps: ['pm2.mjs'],
    dependencies: { ...dependencies, pm2: '7.0.4' },
    overrides,
  })
  if (project !== undefined) await pm2(checks, project)
}

async function onTypes(tarballs: readonly Tarball[]): Promise<void> {
  const dependencies = { ...allOf(tarballs), '@types/node': '^24.0.0', typescript: '7.0.2' }
  const project = await install('types', { apps: ['check.mts'], dependencies })
  if (project !== undefined) await types(checks, project, tarballs)
}

function install(name: string, options: Omit<ProjectOptions, 'folder'>): Promise<Project | undefined> {
  const make = () => createProject({ ...options, folder: join(folder, name) })
  return checks.check(`${name}: npm install`, make)
}
