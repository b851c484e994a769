// Loaded before the flag: breaks the stderr of this process in the way that STDERR selects.
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'

const { stderr } = process

/** Fills the pipe, which Node has made non-blocking. */
function fill() {
  const bytes = Buffer.alloc(4096, ' ')
  try {
    for (;;) writeSync(stderr.fd, bytes)
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error
  }
}

const replace = (descriptor) =>
  Object.defineProperty(process, 'stderr', { configurable: true, ...descriptor })

const fails = (_chunk, _encoding, done) => setImmediate(done, new Error('the log is gone'))

const FAULTS = {
  full: fill,
  destroyed: () => stderr.destroy(),
  ended: () => stderr.end(),
  throws() {
    stderr.write = () => {
      throw new Error('the log is closed')
    }
  },
  failing: () => replace({ value: new Writable({ write: fails }) }),
  missing: () => replace({ value: undefined }),
  watched: () => stderr.on('error', () => process.exit(9)),
}

FAULTS[process.env.STDERR]?.()
