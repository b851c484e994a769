import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../testing/collect-garbage.ts'
import { openEngines, recordLog, respond, serveEngine, TEXT } from '../testing/engine-server.ts'
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

describe('U2: an endless response', () => {
  it.each([
    ['of lines', 'a 1\n'.repeat(16_384)],
    ['of one line', 'x'.repeat(65_536)],
  ])('%s is cut at 8 MiB, with at most 1 MiB more in memory', async (_, part) => {
    recordLog()
    let peak = 0
    const used = (): number => {
      collectGarbage()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const engine = await serveEngine(
      endless(part, () => {
        peak = Math.max(peak, used())
      }),
    )
    const engines = openEngines({ engine })
    // Loads what a first fetch loads.
    await openEngines({ small: await serveEngine((_, response) => respond(response, 'a 1\n')) }).collect()
    const before = used()
    expect(await engines.collect()).toEqual([])
    expect(engines.state()).toMatchObject([
      { isUp: false, lastError: { fault: 'limit', message: `more than ${DEFAULT_LIMITS.maxBytes} bytes` } },
    ])
    // Buffers of an earlier response can be released only now.
    const base = Math.min(before, used())
    expect(peak - base).toBeGreaterThan(4 * MiB)
    expect(peak - base).toBeLessThan(DEFAULT_LIMITS.maxBytes + MiB)
  })
})
