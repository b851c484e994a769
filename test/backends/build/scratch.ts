import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Creates a temporary folder that is removed when this process exits. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `vr-otel-${name}-`))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
