import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tarball } from './pack.ts'
import { runWell } from './program.ts'

const APPS = join(import.meta.dirname, 'apps')

/** A folder outside the repository with an application and its installed dependencies. */
export interface Project {
  readonly folder: string
}

/** Options of a project. */
export interface ProjectOptions {
  /** Folder of the project; it is created. */
  readonly folder: string
  /** Files of `apps` to copy; of a folder, its contents. */
  readonly apps: readonly string[]
  /** Dependencies by name: a version range, or a tarball. */
  readonly dependencies: Readonly<Record<string, string>>
  /** Overrides for packages that are not in a registry yet. */
  readonly overrides?: Readonly<Record<string, string>> | undefined
}

/** Writes the project and installs its dependencies. */
export async function createProject(options: ProjectOptions): Promise<Project> {
  const { folder, apps, dependencies, overrides = {} } = options
  mkdirSync(folder)
  for (const app of apps) copyApp(app, folder)
  const manifest = { name: 'application', version: '1.0.0', private: true, dependencies, overrides }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2))
  await runWell('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder })
  return { folder }
}

function copyApp(app: string, folder: string): void {
  const isFile = /\.\w+$/.test(app)
  cpSync(join(APPS, app), isFile ? join(folder, app) : folder, { recursive: true })
}

/** Dependencies with all packages. */
export function allOf(tarballs: readonly Tarball[]): Record<string, string> {
  return Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
}

/**
 * Dependencies with `@vr/otel` only, as a user installs it. The overrides replace the registry for the other packages.
 */
export function onlyOtel(tarballs: readonly Tarball[]): Pick<ProjectOptions, 'dependencies' | 'overrides'> {
  const { '@vr/otel': otel, ...overrides } = allOf(tarballs)
  if (otel === undefined) throw new Error('@vr/otel was not packed')
  return { dependencies: { '@vr/otel': otel }, overrides }
}
