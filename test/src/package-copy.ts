import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PACKAGES, ROOT } from './package-sources.ts'

/** What a program that {@link PackageCopy.run} has run did. */
export interface RunResult {
  readonly status: number | null
  readonly output: string
}

/** A copy of the built packages in a temporary folder, whose sources can be edited and compiled. */
export class PackageCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'vr-otel-copy-'))

  constructor() {
    for (const path of ['tsconfig.base.json', 'docs', 'packages']) {
      cpSync(join(ROOT, path), join(this.folder, path), {
        recursive: true,
        filter: (source) => !source.includes('/node_modules'),
      })
    }
    const modules = join(this.folder, 'node_modules')
    mkdirSync(join(modules, '@vr'), { recursive: true })
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name !== '@vr' && !/^\.(cache|vite)/.test(name)) {
        symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
      }
    }
    for (const pkg of PACKAGES) {
      const { name } = JSON.parse(this.read(`packages/${pkg}/package.json`)) as { name: string }
      symlinkSync(join(this.folder, 'packages', pkg), join(modules, name))
    }
  }

  /** URL of `@vr/otel/register` of the copy, for `--import`. */
  get register(): string {
    return pathToFileURL(join(this.folder, 'packages/otel/dist/register.js')).href
  }

  /** Reads a file of the copy. */
  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  /** Writes a file of the copy. */
  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  /** Puts `added` directly before or after the first occurrence of a text in a file of the copy; throws if there is none. */
  insert(path: string, where: 'before' | 'after', anchor: string, added: string): void {
    const text = this.read(path)
    if (!text.includes(anchor)) throw new Error(`${path} has no ${JSON.stringify(anchor)}`)
    const replacement = where === 'before' ? added + anchor : anchor + added
    this.write(
      path,
      text.replace(anchor, () => replacement),
    )
  }

  /** Compiles a package of the copy and returns the errors of the compiler. */
  compile(pkg: string): readonly string[] {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { output } = this.run([tsc, '-p', `packages/${pkg}`, '--pretty', 'false'])
    return output.split('\n').filter((line) => /^\S.*: error /.test(line))
  }

  /** Runs Node in the copy. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunResult {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
    })
    return { status, output: stdout + stderr }
  }

  /** Removes the copy. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
