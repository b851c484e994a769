import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PacedResponse } from '../../testing/paced-response.ts'
import { uncompressedBody } from '../scrape/scrape-body.ts'
import { ResponseSender } from './response-sender.ts'
import { ScrapeResponse } from './scrape-response.ts'

const KILOBYTE = 1024
const TURN = 256 * KILOBYTE
/** The limit and one write that can exceed it. */
const IN_FLIGHT = 1024 * KILOBYTE + 64 * KILOBYTE

const TEXT = { contentType: 'text/plain', key: '', collectedAt: 0 }
const TIMEOUT = { bodyMs: 0, readMs: 0, stallMs: 0 }

it('writes and keeps in flight a bounded number of bytes, and completes all clients that read', async () => {
  const clients = fc.array(
    fc.record({
      kilobytes: fc.integer({ min: 1, max: 2000 }),
      turns: fc.oneof(
        { arbitrary: fc.constant(0), weight: 1 },
        { arbitrary: fc.integer({ min: 0, max: 5 }), weight: 2 },
        { arbitrary: fc.constant(undefined), weight: 5 },
      ),
    }),
    { minLength: 1, maxLength: 100, size: 'max' },
  )
  await fc.assert(
    fc.asyncProperty(clients, fc.integer({ min: 1, max: 100 }), async (crowd, chunkKilobytes) => {
      const sender = new ResponseSender()
      const sent = crowd.map(({ kilobytes, turns }) => {
        const client = new PacedResponse(turns)
        const chunk = Buffer.alloc(chunkKilobytes * KILOBYTE)
        const chunks = Array.from({ length: Math.ceil(kilobytes / chunkKilobytes) }, () => chunk)
        const body = uncompressedBody(TEXT, chunks)
        const scrape = new ScrapeResponse(client.asResponse(), '', TIMEOUT, 0)
        scrape.start(body)
        sender.send(scrape)
        return { client, length: body.byteLength, turns }
      })
      const readers = sent.filter(({ turns }) => turns !== undefined)
      let before = 0
      while (readers.some(({ client }) => !client.writableFinished)) {
        await setImmediate()
        const written = sum(sent.map(({ client }) => client.written + client.writableLength - client.pending))
        expect(written - before).toBeLessThanOrEqual(TURN)
        before = written
        const inFlight = sum(sent.map(({ client }) => client.writableLength))
        expect(inFlight).toBeLessThanOrEqual(IN_FLIGHT + sent.length * 16 * KILOBYTE)
        for (const { client } of sent) client.turn()
      }
      for (const { client, length } of readers) expect(client.written).toBe(length)
    }),
    { numRuns: 40 },
  )
})

it('serves clients that read evenly, however many do not read', async () => {
  const sender = new ResponseSender()
  const body = uncompressedBody(TEXT, [Buffer.alloc(4 * 1024 * KILOBYTE)])
  const clients = Array.from({ length: 20 }, (_, at) => new PacedResponse(at % 2 === 0 ? 0 : undefined))
  for (const client of clients) {
    const scrape = new ScrapeResponse(client.asResponse(), '', TIMEOUT, 0)
    scrape.start(body)
    sender.send(scrape)
  }
  const readers = clients.filter((_, at) => at % 2 === 0)
  let turns = 0
  while (readers.every(({ writableFinished }) => !writableFinished)) {
    await setImmediate()
    turns += 1
    const written = readers.map((client) => client.written)
    expect(Math.max(...written) - Math.min(...written)).toBeLessThanOrEqual(64 * KILOBYTE)
  }
  expect(turns).toBeGreaterThan(100)
})

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
