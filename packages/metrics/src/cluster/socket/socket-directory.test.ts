import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { MAX_DIRECTORY_BYTES, prepareDirectory } from './socket-directory.ts'

/** Creates a file. */
function fileIn(parent: string): string {
  writeFileSync(join(parent, 'x'), 'content')
  return join(parent, 'x')
}

/** Creates a socket on which no process listens any more: the process was killed. */
function socketIn(parent: string): string {
  const path = join(parent, 'x')
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  return path
}

/** Identifies what exists at a path. */
function identityOf(path: string): object | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && { ino: stats.ino, mode: stats.mode, size: stats.size }
}

const modeOf = (path: string): number => statSync(path).mode & 0o7777

describe('prepareDirectory', () => {
  it('creates the directory and its parent, for this user only', () => {
    const parent = join(temporaryDirectory(), 'run')
    const path = join(parent, 'group')
    prepareDirectory(path)
    prepareDirectory(path)
    expect([modeOf(parent), modeOf(path)]).toEqual([0o700, 0o700])
  })

  it('accepts a directory in one that all users can write to only if it has the sticky bit', () => {
    const parent = temporaryDirectory()
    chmodSync(parent, 0o1777)
    prepareDirectory(join(parent, 'a'))
    chmodSync(parent, 0o777)
    expect(() => prepareDirectory(join(parent, 'a'))).toThrow('in which all users can replace files')
  })

  it.each([
    [
      'a relative path',
      () => 'run/group',
      `expected an absolute path of at most ${MAX_DIRECTORY_BYTES} bytes`,
    ],
    [
      'a path that is too long for a socket',
      (parent: string) => parent.padEnd(MAX_DIRECTORY_BYTES + 1, '/x'),
      `expected an absolute path of at most ${MAX_DIRECTORY_BYTES} bytes, found ${MAX_DIRECTORY_BYTES + 1} bytes`,
    ],
    [
      'a path whose characters are fewer than its bytes',
      (parent: string) => `${parent}/${'é'.repeat(MAX_DIRECTORY_BYTES / 2)}`,
      `expected an absolute path of at most ${MAX_DIRECTORY_BYTES} bytes, found`,
    ],
    [
      'a directory that other users can read',
      (parent: string) => {
        mkdirSync(join(parent, 'x'), { mode: 0o755 })
        return join(parent, 'x')
      },
      'expected a directory with mode 0700, found mode 0755',
    ],
    ['a file', fileIn, 'expected a directory, found a file at PARENT/x'],
    [
      'a path in a file',
      (parent: string) => join(fileIn(parent), 'y'),
      'expected a directory, found a file at PARENT/x',
    ],
    ['a socket', socketIn, 'expected a directory, found a socket of another program at PARENT/x'],
    [
      'a link',
      (parent: string) => {
        symlinkSync(parent, join(parent, 'x'))
        return join(parent, 'x')
      },
      'expected a directory, found a symbolic link at PARENT/x',
    ],
    [
      'a path in a directory that is missing',
      (parent: string) => join(parent, 'a/b/c'),
      'expected a directory that can be created, found ENOENT for PARENT/a/b',
    ],
  ])('refuses %s, and leaves what exists', (_name, pathIn, message) => {
    const parent = temporaryDirectory()
    const path = pathIn(parent)
    const existing = join(parent, 'x')
    const before = identityOf(existing)
    expect(() => prepareDirectory(path)).toThrow(message.replace('PARENT', parent))
    expect(identityOf(existing)).toEqual(before)
  })
})
