import { PARENT_KEY } from '../config/unknown-keys.ts'

/**
 * Returns whether the process that started this one runs this package with metrics on, and so can aggregate them. Call it before
 * {@link announceToChildren}. The pid in the variable is compared with the parent's: a process that is started by a launcher, a
 * shell or another child inherits the variable of a process that is not its parent.
 */
export function isParentAnnounced(): boolean {
  return process.env[PARENT_KEY] === String(process.ppid)
}

/**
 * Sets the variable that {@link isParentAnnounced} reads in children of this process. Costs less than a message, and a child reads it
 * synchronously at its start.
 * @returns restores the variable
 */
export function announceToChildren(): () => void {
  const inherited = process.env[PARENT_KEY]
  const own = String(process.pid)
  process.env[PARENT_KEY] = own
  return () => {
    if (process.env[PARENT_KEY] !== own) return
    if (inherited === undefined) delete process.env[PARENT_KEY]
    else process.env[PARENT_KEY] = inherited
  }
}
