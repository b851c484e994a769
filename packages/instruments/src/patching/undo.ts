/** Undoes one step of a start. */
export type Undo = () => void

/** Calls the functions in reverse order and empties the list, so that a second call does nothing. */
export function undoAll(steps: Undo[]): void {
  for (const step of steps.splice(0).reverse()) step()
}

/**
 * Runs every start in order. If one throws, the starts before it are undone, and the error is thrown on.
 * @returns undoes all of them, in reverse order
 */
export function startAll(starts: readonly (() => Undo)[]): Undo {
  const undo: Undo[] = []
  try {
    for (const start of starts) undo.push(start())
  } catch (error) {
    undoAll(undo)
    throw error
  }
  return () => undoAll(undo)
}
