import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installNode } from '../packed/nodes.ts'
import { runWell } from '../packed/program.ts'
import { INSTALLED } from './installed-package.ts'

const HERE = import.meta.dirname

/** Folder of the installed packages, outside the repository. They are kept for the next run. */
const CACHE = join(realpathSync(tmpdir()), 'vr-otel-frameworks')

/**
 * Returns a folder with the packages of one manifest of `projects`, the applications, and `@vr/otel` as it is published. The
 * name of the folder has the hash of the lock file, so that it is installed once for each lock file.
 */
export async function project(name: string): Promise<string> {
  const source = join(HERE, 'projects', name)
  const lock = readFileSync(join(source, 'package-lock.json'), 'utf8')
  const folder = join(CACHE, `${name}-${hash(lock)}`)
  const isInstalled = join(folder, 'installed')
  if (!existsSync(isInstalled)) {
    rmSync(folder, { recursive: true, force: true })
    cpSync(source, folder, { recursive: true })
    await runWell('npm', ['ci', '--loglevel=error'], { cwd: folder })
    mkdirSync(join(folder, 'node_modules/@vr'), { recursive: true })
    writeFileSync(isInstalled, '')
  }
  if (name === 'loaders') copyPackage(folder)
  else link(join(INSTALLED, '@vr/otel'), join(folder, 'node_modules/@vr/otel'))
  copyApplications(folder)
  return folder
}

function link(target: string, path: string): void {
  rmSync(path, { force: true, recursive: true })
  symlinkSync(target, path)
}

/** Copies the package, because loaders compile what a link refers to outside of `node_modules`. */
function copyPackage(folder: string): void {
  const target = join(folder, 'node_modules/@vr/otel')
  rmSync(target, { force: true, recursive: true })
  cpSync(join(INSTALLED, '@vr/otel'), target, { recursive: true })
  link(join(INSTALLED, '@opentelemetry'), join(folder, 'node_modules/@opentelemetry'))
}

function copyApplications(folder: string): void {
  const apps = join(HERE, 'apps')
  for (const file of readdirSync(apps))
    if (file.endsWith('.cjs')) cpSync(join(apps, file), join(folder, file))
}

/** Builds the application of Next in its project, unless a previous run has built the same files. */
export async function buildNext(folder: string): Promise<void> {
  const source = join(HERE, 'apps/next-app')
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
  const target = join(folder, 'next-app')
  const stamp = join(target, 'built')
  const wanted = hash(texts.join('\0'))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  rmSync(target, { recursive: true, force: true })
  cpSync(source, target, { recursive: true })
  const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
  await runWell(process.execPath, [join(folder, 'node_modules/next/dist/bin/next'), 'build'], {
    cwd: target,
    env,
  })
  writeFileSync(stamp, wanted)
}

/** Returns the executable of another version of Node, from npm. */
export async function otherNode(version: string): Promise<string> {
  const folder = join(CACHE, `node-${version}`)
  const file = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node')
  if (existsSync(file)) return file
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  return installNode(version, folder)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
