import { mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, runWell } from './program.ts'

/**
 * Returns the Node of this machine if this product does not support it; otherwise `undefined`. Ignores the Node of the
 * repository, which npm adds to the path.
 */
export async function oldNodeOfMachine(): Promise<string | undefined> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !isOfNpm(folder))
  const question = '[process.versions.node, process.execPath].join()'
  const env = { PATH: path.join(delimiter) }
  const { code, stdout } = await run('/usr/bin/env', ['node', '-p', question], { cwd: '/', env })
  const [version = '', file] = stdout.trim().split(',')
  return code === 0 && isOld(version) ? file : undefined
}

/** Installs a version of Node from npm and returns its executable. */
export async function installNode(version: string, folder: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`
  mkdirSync(folder)
  const args = ['install', '--no-audit', '--no-fund', '--no-save', `--prefix=${folder}`, `${name}@${version}`]
  await runWell('npm', args, { cwd: folder })
  return join(folder, 'node_modules', name, 'bin/node')
}

function isOfNpm(folder: string): boolean {
  return folder.includes('node_modules') || folder.includes('node-gyp-bin')
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 22 || (major === 22 && minor < 15)
}
