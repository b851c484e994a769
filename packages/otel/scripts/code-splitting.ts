import type { ChunkingContext, CodeSplittingOptions } from 'rolldown'

/**
 * Returns the chunks in addition to the entry points: the modules that every process with the flag loads, also on an
 * unsupported runtime; the others of this repository with several users; and those of upstream with several users.
 * @param register the file of the flag
 */
export function codeSplitting(register: string): CodeSplittingOptions {
  return {
    groups: [
      {
        name: (id, context) => (id !== register && isImported(register, id, context) ? 'early' : null),
        debugName: 'early',
        priority: 3,
      },
      { name: 'shared', test: /\/packages\/\w+\/src\//, minShareCount: 2, priority: 2 },
      { name: 'upstream', test: /\/node_modules\//, minShareCount: 2, priority: 1 },
    ],
  }
}

/** Returns whether a module is statically imported by another, directly or by its imports. */
function isImported(importer: string, wanted: string, context: ChunkingContext): boolean {
  const found = new Set([importer])
  for (const id of found) for (const next of context.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found.has(wanted)
}
