/**
 * Start and end of a small program: one line on stdout when it listens, one closing path when it is told to end.
 */
import type { Server } from 'node:net'

const ORPHAN_CHECK_MS = 250

/**
 * Runs `close` once, when the program is told to end: by SIGTERM, by SIGINT (Ctrl-C), or because the parent
 * that started it with an IPC channel is gone, however it went. The process then ends by itself, as nothing
 * keeps it alive. Further signals change nothing.
 */
export function onEnd(close: () => Promise<unknown>): void {
  let closing = false
  const end = (): void => {
    if (closing) return
    closing = true
    void close().finally(leaveParent)
  }
  process.on('SIGTERM', end)
  // Ctrl-C reaches all programs at once; a parent that is connected ends them in the right order.
  process.on('SIGINT', () => process.connected || end())
  if (process.connected) process.once('disconnect', end)
}

/**
 * Runs `close` once the parent process is gone, for a program that npm started: npm gives no IPC channel, and
 * the shell that it starts in between may die of a signal that never reaches the program.
 */
export function onOrphaned(close: () => Promise<unknown>): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    void close()
  }, ORPHAN_CHECK_MS)
  watch.unref()
}

/** Listens on `port` of the loopback address (0: any free port) and returns the port; rejects if it is taken. */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** Ends the program with exit code 1 and a sentence that says why it cannot listen on the port in `name`. */
export function failToListen(name: string, port: number, error: unknown): never {
  const taken = String(error).includes('EADDRINUSE')
  const reason = taken
    ? `port ${port} of 127.0.0.1 is already taken; set ${name} to another one (0: any free port)`
    : `cannot listen on port ${port} of 127.0.0.1: ${String(error)}`
  console.error(reason)
  process.exit(1)
}

/** The port in the environment variable `name`, or `fallback`; anything that is no port ends the program. */
export function portFromEnv(name: string, fallback: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return fallback
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  console.error(`${name}: got "${text}", expected a port from 0 to 65535`)
  process.exit(1)
}

/** An open IPC channel would keep the process alive. */
function leaveParent(): void {
  if (process.connected) process.disconnect()
}
