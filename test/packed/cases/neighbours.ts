import assert from 'node:assert/strict'
import type { Checks } from '../checks.ts'
import { withServer } from '../program.ts'
import type { Project } from '../project.ts'
import { get, scrape } from '../scrape.ts'

const CALLS = 4
const FLAG = ['--import', '@vr/otel/register', 'neighbour.mjs']

/** Instrumentations of client libraries, and the metric of the duration that they record; `undefined`: none. */
const NEIGHBOURS = [
  ['instrumentation-openai', 'gen_ai_client_operation_duration_seconds'],
  ['ai-sdk', 'gen_ai_client_inference_duration_seconds'],
  ['traceloop', undefined],
] as const

/** Returns the number of measurements of a histogram, of our scope and of others. */
function countsOf(text: string, name: string): { own: number; others: number } {
  const counts = { own: 0, others: 0 }
  for (const [, labels = '', value] of text.matchAll(new RegExp(`^${name}_count\\{(.*)\\} (\\d+)`, 'gm')))
    counts[labels.includes('otel_scope_name') ? 'others' : 'own'] += Number(value)
  return counts
}

/**
 * Checks that calls which another instrumentation records are not counted a second time after its first measurement, and that
 * all are counted if it records no metrics.
 */
export async function neighbours(checks: Checks, { folder }: Project): Promise<void> {
  for (const [client, theirs] of NEIGHBOURS) {
    await checks.check(`calls that ${client} describes are counted once`, async () => {
      const where = { cwd: folder, env: { VR_OTEL_GLOBALS: 'on' } }
      const ended = await withServer(process.execPath, [...FLAG, client], where, async (origin) => {
        for (let i = 0; i < CALLS; i++) await get(`${origin}/call`)
        const text = await scrape(origin)
        const { own } = countsOf(text, 'gen_ai_client_operation_duration_seconds')
        assert.equal(own, theirs === undefined ? CALLS : 1) // the call that ends before their first measurement
        if (theirs !== undefined) assert.equal(countsOf(text, theirs).others, CALLS)
      })
      const warnings = ended.stderr.match(/records metrics of calls to engines/g) ?? []
      assert.equal(warnings.length, theirs === undefined ? 0 : 1)
    })
  }
}
