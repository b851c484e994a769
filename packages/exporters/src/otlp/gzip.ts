import { createRequire } from 'node:module'

/** Compresses off the main thread; `node:zlib` is loaded by this call. */
export function createGzip(): (body: Uint8Array) => Promise<Buffer> {
  const { gzip } = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib')
  return (body) =>
    new Promise((resolve, reject) => {
      gzip(body, (error, result) => (error === null ? resolve(result) : reject(error)))
    })
}
