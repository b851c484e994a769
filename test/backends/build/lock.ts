/** A lock between processes: one builds, the others wait and use the result. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const PAUSE_MS = 500

/** Maximum age of a lock. An older one is ignored: another process may have the same process id now. */
const MAX_AGE_MS = 3_600_000

/** Runs `work` while no other process holds the same lock file. The lock of a dead process is ignored. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(file), { recursive: true })
  while (!(await take(file))) await delay(PAUSE_MS)
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (!(await isHeld(file))) await rm(file, { force: true })
    return false
  }
}

async function isHeld(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  // Released in the meantime: the caller tries again.
  if (found === undefined) return true
  if (Date.now() - found.mtimeMs > MAX_AGE_MS) return false
  const holder = Number(await readFile(file, 'utf8').catch(() => ''))
  // Empty: the holder has not written its process id yet.
  if (holder === 0) return true
  try {
    process.kill(holder, 0)
    return true
  } catch {
    return false
  }
}
