/** A backend whose sources have been downloaded. */
export interface PreparedBuild {
  /** Writes the executable. */
  make(file: string): Promise<void>
  /** Removes temporary files. */
  remove(): Promise<void>
}

/** Thrown if this machine cannot build a backend, for a reason outside the project. Its cases are skipped with this reason. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** Returns the message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
