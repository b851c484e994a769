/**
 * Writes the generated pages of `docs/` and the generated options of `startOtel()`. With `--check`, writes nothing and
 * exits with code 1 if a file is out of date.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import type { Setting } from '../src/config/setting.ts'
import { SETTINGS } from '../src/config/settings.ts'
import { configurationPage } from './configuration-page.ts'
import { metricsPage } from './metrics-page.ts'
import { optionsSource } from './options-source.ts'

const root = new URL('../../../', import.meta.url)
const generated = {
  'docs/configuration.md': configurationPage(),
  'docs/metrics.md': metricsPage(),
  'packages/otel/src/config/options.ts': optionsSource(SETTINGS as Record<string, Setting<unknown>>),
}

for (const [name, text] of Object.entries(generated)) {
  const file = new URL(name, root)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${name} is out of date: run "npm run docs"\n`)
    process.exitCode = 1
  }
}
