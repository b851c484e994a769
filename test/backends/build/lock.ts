/** One build at a time on a machine, whoever asks: the others wait, and then find the result. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const PAUSE_MS = 500

/** No build takes that long: the process that has this number is another one. */
const VOID_AFTER_MS = 3_600_000

/** Runs `work` while no other process runs work under the same lock file; that of a dead process is void. */
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
  // Released meanwhile: to be tried again.
  if (found === undefined) return true
  if (Date.now() - found.mtimeMs > VOID_AFTER_MS) return false
  const holder = Number(await readFile(file, 'utf8').catch(() => ''))
  // Empty: somebody is just writing it.
  if (holder === 0) return true
  try {
    process.kill(holder, 0)
    return true
  } catch {
    return false
  }
}
