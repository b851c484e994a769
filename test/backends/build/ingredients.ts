/** What a backend is made of, on this machine. */
export interface Ingredients {
  /** Makes the program: a file that can be run. */
  make(file: string): Promise<void>
  /** Removes what was only needed for that. */
  remove(): Promise<void>
}

/** A backend that this machine cannot have, through no fault of the project: what needs it is skipped, with the reason. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
