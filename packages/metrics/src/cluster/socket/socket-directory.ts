import { lstatSync, mkdirSync } from 'node:fs'
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
 * no other user can put a socket there.
 * @throws Error that says what is wrong with the path, without the path
 */
export function prepareDirectory(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (!path.startsWith('/')) throw new Error('expected an absolute path')
  if (bytes > MAX_DIRECTORY_BYTES)
    throw new Error(
      `the path has ${bytes} bytes; at most ${MAX_DIRECTORY_BYTES} are possible for a UNIX socket`,
    )
  const parent = dirname(path)
  create(parent)
  checkParent(parent)
  create(path)
  const { mode, uid } = directoryAt(path)
  if (uid !== ownUser()) throw new Error('the directory of the socket belongs to another user')
  if (mode & GROUP_OR_OTHERS)
    throw new Error('the directory of the socket is not private; expected mode 0700')
}

function checkParent(parent: string): void {
  const { mode, uid } = directoryAt(parent)
  if (uid !== ownUser() && uid !== 0) throw new Error(`${parent} belongs to another user`)
  if (mode & OTHERS_MAY_WRITE && !(mode & STICKY))
    throw new Error(`all users can replace files in ${parent}; use a directory that belongs to this user`)
}

function create(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`cannot create ${path}: ${code}`)
  }
}

function directoryAt(path: string): { mode: number; uid: number } {
  const stats = lstatSync(path)
  if (!stats.isDirectory()) throw new Error(`${path} is not a directory`)
  return stats
}

const ownUser = (): number => process.geteuid?.() ?? 0
