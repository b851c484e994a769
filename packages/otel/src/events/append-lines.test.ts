import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/**
 * Appends lines of 6 bytes to a file that has room for 22 (`RLIMIT_FSIZE`), makes room by truncating it, and appends again. Prints
 * the results.
 */
const PROGRAM = `
import { openSync, ftruncateSync } from 'node:fs'
import { LineAppender } from ${JSON.stringify(new URL('./append-lines.ts', import.meta.url).href)}
process.on('SIGXFSZ', () => {})
const fd = openSync(process.argv[1], 'a')
const appender = new LineAppender(fd)
const lines = ['é001\\n', 'é002\\n', 'é003\\n', 'é004\\n', 'é005\\n']
const first = process.argv[2] === 'sync' ? appender.appendSync(lines) : await appender.append(lines)
ftruncateSync(fd, 512 - 12)
const second = await appender.append(['00006\\n'])
console.log(JSON.stringify([first.count, first.error?.code, second.count, second.error?.code]))
`

it.each(['async', 'sync'])(
  'counts whole lines, and starts a new line after a part of one: %s',
  async (mode) => {
    const folder = mkdtempSync(join(tmpdir(), 'vr-lines-'))
    const path = join(folder, 'events')
    // The shell limits files to one block of 512 bytes, of which 490 are used.
    const command =
      'ulimit -f 1; head -c 490 /dev/zero > "$1"; exec "$2" --input-type=module -e "$3" "$1" "$4"'
    const child = spawn('sh', ['-c', command, 'sh', path, process.execPath, PROGRAM, mode])
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    await once(child, 'close')
    const text = readFileSync(path, 'utf8')
    rmSync(folder, { recursive: true })
    expect(JSON.parse(output)).toEqual([3, 'EFBIG', 1, null])
    expect(text.slice(490)).toBe('é001\né00\n00006\n')
  },
)
