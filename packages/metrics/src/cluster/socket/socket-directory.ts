import { lstatSync, mkdirSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/** Longest path of a UNIX socket on Linux, in bytes; macOS has 4 fewer. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103
/** Bytes reserved for the names in the directory: `/<generation>/s`, with 8 digits at most, and some more. */
const MAX_NAME_BYTES = 15
/** Longest path of the directory of a group's sockets, in bytes. */
export const MAX_DIRECTORY_BYTES = MAX_SOCKET_PATH_BYTES - MAX_NAME_BYTES

const OTHERS_MAY_WRITE = 0o002
const STICKY = 0o1000
const GROUP_OR_OTHERS = 0o077

/**
 * Creates the directory of a group's sockets, with mode 0700, and the directory that contains it, if they are missing; checks that
 * no other user can put a socket there. Never removes or changes what exists.
 * @throws Error whose message is what was expected, and what was found
 */
export function prepareDirectory(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (!path.startsWith('/') || bytes > MAX_DIRECTORY_BYTES)
    throw new Error(
      `expected an absolute path of at most ${MAX_DIRECTORY_BYTES} bytes${path.startsWith('/') ? `, found ${bytes} bytes` : ''}`,
    )
  const parent = dirname(path)
  create(parent)
  checkParent(parent)
  create(path)
  const { mode, uid } = directoryAt(path)
  if (uid !== ownUser()) throw new Error(`expected a directory of this user, found one of the user ${uid}`)
  if (mode & GROUP_OR_OTHERS)
    throw new Error(`expected a directory with mode 0700, found mode 0${(mode & 0o777).toString(8)}`)
}

function checkParent(parent: string): void {
  const { mode, uid } = directoryAt(parent)
  if (uid !== ownUser() && uid !== 0)
    throw new Error(
      `expected a path in a directory of this user or of root, found ${parent} of the user ${uid}`,
    )
  if (mode & OTHERS_MAY_WRITE && !(mode & STICKY))
    throw new Error(
      `expected a path in a directory of this user, found ${parent}, in which all users can replace files`,
    )
}

function create(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST')
      throw new Error(`expected a directory that can be created, found ${code} for ${path}`)
  }
}

function directoryAt(path: string): { mode: number; uid: number } {
  const stats = lstatSync(path)
  if (!stats.isDirectory()) throw new Error(`expected a directory, found ${nameOf(stats)} at ${path}`)
  return stats
}

function nameOf(stats: Stats): string {
  if (stats.isSocket()) return 'a socket of another program'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  return stats.isFile() ? 'a file' : 'something else'
}

const ownUser = (): number => process.geteuid?.() ?? 0
