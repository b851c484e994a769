/** The linter of the Prometheus project. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { Case } from './case.ts'

/** The cases for promtool, which supports the text format 0.0.4 only. */
export const LINT_CASES: readonly Case[] = [
  {
    name: 'promtool 2.42: reports no problem in the default metrics',
    needs: ['promtool2'],
    run: async (stage) => {
      const gateway = await stage.gateway(undefined)
      await stage.afterTraffic(gateway)
      const answer = await fetch(gateway.metricsUrl, { headers: { accept: 'text/plain; version=0.0.4' } })
      const text = await answer.text()
      assert.match(text, /^process_cpu_seconds_total /m)
      const { status, stdout, stderr } = spawnSync(stage.program('promtool2'), ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      })
      assert.deepEqual({ status, output: stdout + stderr }, { status: 0, output: '' })
    },
  },
]
