import { randomBytes } from 'node:crypto'

/** Returns a key for this process or thread: its pid and a random number, since pids are reused. */
export const createMemberKey = (): string => `${process.pid}-${randomBytes(8).toString('hex')}`
