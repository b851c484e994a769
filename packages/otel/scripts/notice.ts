import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The files in which a package publishes its licence and the notices of its authors. */
const LICENCE_FILE = /^(licen[cs]e|notice)(\.\w+)?$/i

/**
 * Returns the licences of the packages whose code is bundled, as text.
 * @param modules the files that are bundled
 * @throws Error if a package has no licence text
 */
export function noticeOf(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((file) => folderOf(file) ?? []))
  const sections = [...folders].map(sectionOf).sort()
  return ['@vr/otel contains code of these packages.', ...new Set(sections)].join(`\n${'-'.repeat(80)}\n\n`)
}

/** Returns the folder of the installed package that a file belongs to. */
function folderOf(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]
}

function sectionOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file))
  if (files.length === 0) throw new Error(`${name} has no file with its licence`)
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
}
