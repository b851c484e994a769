import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tarball } from './pack.ts'
import { runWell } from './program.ts'

const APPS = join(import.meta.dirname, 'apps')

/** A folder outside the repository with an application and what it depends on, installed by npm. */
export interface Project {
  readonly folder: string
}

/** What a project is made of. */
export interface Ingredients {
  /** Folder of the project; made here. */
  readonly folder: string
  /** Files or folders of `apps` that the project gets; of a folder, what is in it. */
  readonly apps: readonly string[]
  /** Dependencies by name: a version range, or a tarball. */
  readonly dependencies: Readonly<Record<string, string>>
  /** Where npm finds packages that are in no registry yet, whoever depends on them. */
  readonly overrides?: Readonly<Record<string, string>> | undefined
}

/** Writes the project and installs what it depends on. */
export async function createProject(ingredients: Ingredients): Promise<Project> {
  const { folder, apps, dependencies, overrides = {} } = ingredients
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

/** All the packages as dependencies of the application itself. */
export function allOf(tarballs: readonly Tarball[]): Record<string, string> {
  return Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
}

/**
 * Only `@vr/otel`, which is what a user installs: npm puts the three others where their needs are met. The overrides
 * stand for the registry that will have those.
 */
export function onlyOtel(tarballs: readonly Tarball[]): Pick<Ingredients, 'dependencies' | 'overrides'> {
  const { '@vr/otel': otel, ...overrides } = allOf(tarballs)
  if (otel === undefined) throw new Error('@vr/otel was not packed')
  return { dependencies: { '@vr/otel': otel }, overrides }
}
