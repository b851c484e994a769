import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../testing/collect-garbage.ts'
import { openEngines, recordLog, serveEngine, TEXT } from '../testing/engine-server.ts'
import { DEFAULT_LIMITS } from './parse/limits.ts'

const MiB = 1024 * 1024

/** Sends a part again and again, until the client disconnects. */
function endless(part: string, onWrite: () => void): RequestListener {
  return (_, response) => {
    response.writeHead(200, { 'Content-Type': TEXT })
    const buffer = Buffer.from(part)
    const write = (): void => {
      onWrite()
      if (response.destroyed) return
      if (response.write(buffer)) setImmediate(write)
      else response.once('drain', write)
    }
    write()
  }
}

/** Returns the heap and the buffers that are in use. */
function usedBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Reads the endless response of an engine, and returns how much memory it takes. */
async function memoryOf(part: string): Promise<number> {
  let peak = 0
  const engine = await serveEngine(
    endless(part, () => {
      peak = Math.max(peak, usedBytes())
    }),
  )
  const engines = openEngines({ engine })
  const before = usedBytes()
  expect(await engines.collect()).toEqual([])
  expect(engines.state()).toMatchObject([
    { isUp: false, lastError: { fault: 'limit', message: `more than ${DEFAULT_LIMITS.maxBytes} bytes` } },
  ])
  // Buffers of an earlier response can be released only now.
  return peak - Math.min(before, usedBytes())
}

describe('U2: an endless response', () => {
  it.each([
    ['of lines', 'a 1\n'.repeat(16_384)],
    ['of one line', 'x'.repeat(65_536)],
  ])('%s is cut at 8 MiB, with at most 1 MiB more in memory', async (_, part) => {
    recordLog()
    // A first failure also loads code.
    await memoryOf(part)
    const bytes = await memoryOf(part)
    expect(bytes).toBeGreaterThan(4 * MiB)
    expect(bytes).toBeLessThan(DEFAULT_LIMITS.maxBytes + MiB)
  })
})
