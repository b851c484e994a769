import { setTimeout as delay } from 'node:timers/promises'

const PAUSE_MS = 50

/** Time limit of a wait. */
const DEADLINE_MS = 30_000

/**
 * Calls `probe` until it resolves with a value.
 * @param what what is awaited, for the error message
 * @param probe is called again after `undefined` or an error
 * @throws Error with the last error of `probe`
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
  throw new Error(`no ${what} within ${DEADLINE_MS / 1000} s${problem}`)
}

/** Fetches JSON; `undefined` unless the status is 200. */
export async function fetchJson<Answer>(url: string | URL): Promise<Answer | undefined> {
  const answer = await fetch(url)
  const text = await answer.text()
  return answer.status === 200 ? (JSON.parse(text) as Answer) : undefined
}
