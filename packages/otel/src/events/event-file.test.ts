import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EventFile } from './event-file.ts'

let folder: string
let path: string
let now: number
let file: EventFile

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vr-events-'))
  path = join(folder, 'events.jsonl')
  now = 0
  file = new EventFile(path, { now: () => now })
})

afterEach(async () => {
  await file.close()
  rmSync(folder, { recursive: true })
})

const read = (name = path): string => readFileSync(name, 'utf8')

describe('EventFile', () => {
  it('appends to an existing file, and creates a missing one for owner and group', async () => {
    expect(await file.append(['1\n', '2\n'])).toEqual({ count: 2, error: undefined })
    expect(statSync(path).mode & 0o777 & ~0o640).toBe(0)
    await file.close()
    await file.append(['3\n'])
    expect(read()).toBe('1\n2\n3\n')
  })

  it('opens the path anew after its file was moved, at most a second later', async () => {
    await file.append(['1\n'])
    renameSync(path, `${path}.1`)
    now = 999
    await file.append(['2\n'])
    now = 1000
    await file.append(['3\n'])
    expect([read(`${path}.1`), read()]).toEqual(['1\n2\n', '3\n'])
  })

  it('opens the path anew if another file has its name', async () => {
    await file.append(['1\n'])
    renameSync(path, `${path}.1`)
    writeFileSync(path, '')
    now = 1000
    await file.append(['2\n'])
    expect([read(`${path}.1`), read()]).toEqual(['1\n', '2\n'])
  })

  it('continues at the start of a file that was truncated', async () => {
    await file.append(['1\n'])
    truncateSync(path)
    await file.append(['2\n'])
    expect(read()).toBe('2\n')
  })

  it('reports a file that cannot be opened, and opens it once it can be', async () => {
    const late = new EventFile(join(folder, 'late', 'events'), { now: () => now })
    expect(await late.append(['1\n'])).toMatchObject({ count: 0, error: { code: 'ENOENT' } })
    expect(late.appendSync(['1\n'])).toMatchObject({ count: 0, error: { code: 'ENOENT' } })
    mkdirSync(join(folder, 'late'))
    expect(await late.append(['2\n'])).toEqual({ count: 1, error: undefined })
    await late.close()
  })

  it('reports a full disk', async () => {
    const full = new EventFile('/dev/full', { now: () => now })
    expect(await full.append(['1\n'])).toMatchObject({ count: 0, error: { code: 'ENOSPC' } })
    expect(full.appendSync(['1\n'])).toMatchObject({ count: 0, error: { code: 'ENOSPC' } })
    await full.close()
  })

  it('does not wait for the reader of a named pipe', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path])
    expect(await file.append(['1\n'])).toMatchObject({ count: 0, error: { code: 'ENXIO' } })
  })

  it('appends synchronously, before and after the file is open', async () => {
    expect(file.appendSync(['1\n'])).toEqual({ count: 1, error: undefined })
    await file.append(['2\n'])
    expect(file.appendSync(['3\n', '4\n'])).toEqual({ count: 2, error: undefined })
    expect(read()).toBe('1\n2\n3\n4\n')
  })
})
