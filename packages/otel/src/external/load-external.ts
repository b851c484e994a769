import { createRequire } from 'node:module'
import type { Settings } from '../config/settings.ts'

let loaded: typeof import('./external.ts') | undefined

/** Returns the code that reads the metrics of engines and of prom-client; `undefined` if no setting needs it. It is loaded then. */
export function loadExternal({
  engineUrls,
  includesPromClient,
}: Pick<Settings, 'engineUrls' | 'includesPromClient'>): typeof import('./external.ts') | undefined {
  if (engineUrls.length === 0 && !includesPromClient) return undefined
  loaded ??= createRequire(import.meta.url)('./external.js') as typeof import('./external.ts')
  return loaded
}

/** Prepares {@link loadExternal} for a process with `--no-experimental-require-module`. */
export async function preloadExternal(env: NodeJS.ProcessEnv): Promise<void> {
  if (!env['VR_ENGINE_METRICS_URL'] && !env['VR_METRICS_INCLUDE_PROM_CLIENT']) return
  loaded = await import('./external.ts')
}
