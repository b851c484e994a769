/** Configuration files for users, checked by the programs that read them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Case } from './case.ts'

const FOLDER = fileURLToPath(new URL('../../../examples/compose/', import.meta.url))

/** The cases for the files of `examples/compose`. */
export const SETTINGS_CASES: readonly Case[] = [
  ...['prometheus.yaml', 'prometheus-of-collector.yaml'].map(
    (name): Case => ({
      name: `promtool 2.42: accepts examples/compose/${name}`,
      needs: ['promtool2'],
      run: async (stage) => accepts(stage.program('promtool2'), ['check', 'config', FOLDER + name]),
    }),
  ),
  {
    name: 'Jaeger: accepts examples/compose/collector.yaml, since Jaeger is a build of the Collector',
    needs: ['jaeger'],
    run: async (stage) =>
      accepts(stage.program('jaeger'), ['validate', '--config', `${FOLDER}collector.yaml`]),
  },
]

function accepts(file: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
}
