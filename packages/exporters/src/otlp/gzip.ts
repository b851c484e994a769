import { createRequire } from 'node:module'

/** Returns a gzip function that runs on the thread pool. Loads `node:zlib`. */
export function createGzip(): (body: Uint8Array) => Promise<Buffer> {
  const { gzip } = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib')
  return (body) =>
    new Promise((resolve, reject) => {
      gzip(body, (error, result) => (error === null ? resolve(result) : reject(error)))
    })
}
