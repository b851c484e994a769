import { createRequire } from 'node:module'

let loaded: typeof import('./roles.ts') | undefined

/** Loads the code of members and aggregators, which a process that shares no metrics does not need. */
export function loadRoles(): typeof import('./roles.ts') {
  loaded ??= createRequire(import.meta.url)('./roles.js') as typeof import('./roles.ts')
  return loaded
}

/** Prepares {@link loadRoles} for a process with `--no-experimental-require-module`. */
export async function preloadRoles(): Promise<void> {
  loaded = await import('./roles.ts')
}
