/** Counts the bytes that a server allocates per request. Unlike CPU time, they hardly depend on the load of the machine. */
import { type ServerOptions, ServerUnderLoad } from './server-under-load.ts'

/** Enough to compile the code of a request with all optimizations. */
const WARM_UP_REQUESTS = 20_000

/** Few enough that the enlarged young generation is not collected meanwhile. */
const COUNTED_REQUESTS = 2_000

const HEAP_FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

/** Returns the bytes on the JavaScript heap that a new server allocates per HTTP request. */
export async function bytesPerRequest(options: ServerOptions): Promise<number> {
  const server = await ServerUnderLoad.start({ ...options, flags: HEAP_FLAGS })
  try {
    await server.send(WARM_UP_REQUESTS)
    const { heapUsed: before } = await server.usage('after-gc')
    await server.send(COUNTED_REQUESTS)
    const { heapUsed: after } = await server.usage('now')
    return (after - before) / COUNTED_REQUESTS
  } finally {
    server.stop()
  }
}
