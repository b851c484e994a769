import { setTimeout as delay } from 'node:timers/promises'

const PAUSE_MS = 50

/** Long enough for a slow machine; nothing waits that long unless something is wrong. */
const DEADLINE_MS = 30_000

/**
 * Asks again and again until there is an answer.
 * @param what for the message, as in «within 30 s there was no …»
 * @param probe `undefined`, or an error, means not yet
 * @throws Error that says what was last wrong
 */
export async function waitFor<Value>(what: string, probe: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + DEADLINE_MS
  let problem = ''
  while (performance.now() < deadline) {
    try {
      const value = await probe()
      if (value !== undefined) return value
    } catch (error) {
      problem = `: ${error instanceof Error ? error.message : error}`
    }
    await delay(PAUSE_MS)
  }
  throw new Error(`within ${DEADLINE_MS / 1000} s there was no ${what}${problem}`)
}

/** The JSON of an answer with status 200, else `undefined`. */
export async function askJson<Answer>(url: string | URL): Promise<Answer | undefined> {
  const answer = await fetch(url)
  const text = await answer.text()
  return answer.status === 200 ? (JSON.parse(text) as Answer) : undefined
}
