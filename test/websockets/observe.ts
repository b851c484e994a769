import assert from 'node:assert/strict'
import type { WebSocketApplication } from './applications.ts'
import { type Connection, connectAll } from './connections.ts'
import { expectedLedger, expectedSamples, type Samples, scrapedSamples } from './expected-samples.ts'

/** Longest time that an application may take to notice the ends of its connections; then the comparison fails. */
const DEADLINE_MS = 20_000

/** An application that was started with the flag or without it. */
export interface StartedApplication {
  readonly port: number
  readonly hasFlag: boolean
  /** Asks the application for its own counts; `shutdown` makes it close all connections first. */
  readonly ask: (question: 'rows' | 'shutdown') => Promise<Samples>
}

/**
 * Opens a connection of each kind to an application, and returns what their clients saw. Its own counts equal those of the
 * clients, and with the flag so does every series of a scrape.
 */
export async function observe(
  application: WebSocketApplication,
  { port, hasFlag, ask }: StartedApplication,
): Promise<readonly Connection[]> {
  const scrape = async (): Promise<Samples> =>
    scrapedSamples(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  const connections = await connectAll(application, {
    port,
    onOpen: async (open) => {
      if (!hasFlag) return
      const samples = await scrape()
      for (const [route, count] of Object.entries(open)) {
        assert.equal(samples[`websocket_connections_active{route="${route}"}`], count)
      }
    },
    shutDown: () => ask('shutdown'),
  })
  const ledger = expectedLedger(connections)
  assert.deepEqual(await afterEnds(() => ask('rows'), ledger), ledger)
  if (!hasFlag) return connections
  const samples = expectedSamples(connections)
  assert.deepEqual(await afterEnds(scrape, samples), samples)
  assert.deepEqual(await scrape(), samples) // nothing is counted again later
  return connections
}

/** Repeats a question until all ends are in the answer: a client can see an end before the server does. */
async function afterEnds(question: () => Promise<Samples>, expected: Samples): Promise<Samples> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const answer = await question()
    if (ends(answer) >= ends(expected) || performance.now() > deadline) return answer
    // Only limits the number of requests: another process does not publish when it counts an end.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function ends(samples: Samples): number {
  return Object.entries(samples).reduce((sum, [key, value]) => sum + (ENDS.test(key) ? value : 0), 0)
}

const ENDS = /^websocket_(?:closes_total|sessions_total|connections_total{outcome="rejected)/
