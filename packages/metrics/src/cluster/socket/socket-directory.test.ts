import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { MAX_DIRECTORY_BYTES, prepareDirectory } from './socket-directory.ts'

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
    expect(() => prepareDirectory(join(parent, 'a'))).toThrow('all users can replace files in')
  })

  it.each([
    ['a relative path', () => 'run/group', 'expected an absolute path'],
    [
      'a path that is too long for a socket',
      (parent: string) => parent.padEnd(MAX_DIRECTORY_BYTES + 1, '/x'),
      `the path has ${MAX_DIRECTORY_BYTES + 1} bytes; at most ${MAX_DIRECTORY_BYTES} are possible`,
    ],
    [
      'a directory that other users can read',
      (parent: string) => {
        const path = join(parent, 'open')
        mkdirSync(path, { mode: 0o755 })
        return path
      },
      'the directory of the socket is not private; expected mode 0700',
    ],
    [
      'a file',
      (parent: string) => {
        const path = join(parent, 'file')
        writeFileSync(path, '')
        return path
      },
      'is not a directory',
    ],
    [
      'a link',
      (parent: string) => {
        symlinkSync(parent, join(parent, 'link'))
        return join(parent, 'link')
      },
      'is not a directory',
    ],
    ['a path in a directory that is missing', (parent: string) => join(parent, 'a/b/c'), 'cannot create'],
  ])('refuses %s', (_name, pathIn, message) => {
    const parent = temporaryDirectory()
    expect(() => prepareDirectory(pathIn(parent))).toThrow(message)
  })
})
