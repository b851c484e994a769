/** Start and shutdown of the example programs. */
import type { Server } from 'node:net'

const ORPHAN_CHECK_MS = 250

/**
 * Calls `close` once on SIGTERM, SIGINT (Ctrl-C), or when a parent process with an IPC channel exits. The process then
 * exits because nothing keeps it alive. Ignores further signals.
 */
export function onShutdown(close: () => Promise<unknown>): void {
  let closing = false
  const end = (): void => {
    if (closing) return
    closing = true
    void close().finally(closeIpcChannel)
  }
  process.on('SIGTERM', end)
  // Ctrl-C sends SIGINT to all programs. With a parent process, wait for its SIGTERM: it stops them in order.
  process.on('SIGINT', () => process.connected || end())
  if (process.connected) process.once('disconnect', end)
}

/**
 * Calls `close` when the parent process of a program that npm started has exited. npm provides no IPC channel, and a
 * signal can end npm's intermediate shell without reaching the program.
 */
export function onParentExit(close: () => Promise<unknown>): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    void close()
  }, ORPHAN_CHECK_MS)
  timer.unref()
}

/** Listens on a port of the loopback address (0 for any free port). Returns the port; rejects if it is in use. */
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

/** Prints why the program cannot listen on the port of the environment variable `name`, and exits with code 1. */
export function exitWithListenError(name: string, port: number, error: unknown): never {
  const reason = String(error).includes('EADDRINUSE')
    ? `port ${port} of 127.0.0.1 is in use; set ${name} to another port, or to 0 for any free port`
    : `cannot listen on port ${port} of 127.0.0.1: ${String(error)}`
  console.error(reason)
  process.exit(1)
}

/** Returns the port in the environment variable `name`, or `fallback`. Exits with code 1 if the value is not a port. */
export function portFromEnv(name: string, fallback: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return fallback
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  console.error(`${name}: got "${text}", expected a port from 0 to 65535`)
  process.exit(1)
}

/** An open IPC channel would keep the process alive. */
function closeIpcChannel(): void {
  if (process.connected) process.disconnect()
}
