/**
 * Why an exposition is refused: it violates the format (`syntax`), it is not UTF-8 (`encoding`), or it exceeds a limit
 * (`limit`).
 */
export type ExpositionFault = 'syntax' | 'encoding' | 'limit'

/** An exposition was refused. The message has the line and the reason, and nothing of the content but names. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError'
  readonly fault: ExpositionFault
  /** Why the line is refused: the message without the line number. */
  readonly reason: string
  /** Line number, from 1. */
  readonly line: number

  constructor(fault: ExpositionFault, reason: string, line: number) {
    super(`line ${line}: ${reason}`)
    this.fault = fault
    this.reason = reason
    this.line = line
  }
}

/** Throws an {@link ExpositionError} for a violation of the format. */
export function refuse(reason: string, line: number): never {
  throw new ExpositionError('syntax', reason, line)
}
