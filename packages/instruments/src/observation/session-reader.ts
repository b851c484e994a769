import type { Context } from '@opentelemetry/api'
import type { Direction } from '../cardinality/direction.ts'
import type { Excerpt } from '../wire/excerpt.ts'
import type { Extent } from '../wire/message-text.ts'
import type { StreamOutcome } from './outcome.ts'

/** Reads the text messages of one WebSocket, to recognise an LLM session and to observe its turns. */
export interface SessionReader {
  /** Whether text is captured. Once `false`, it stays `false`: text of other messages costs nothing. */
  readonly wantsText: boolean
  /** Whether the last turn failed because of the engine. It then decides the outcome of the session. */
  readonly hasUpstreamFailed: boolean
  /** The context of the turn in progress; `undefined` between turns. */
  readonly context: Context | undefined
  /** Returns how much of a text message is captured, by its beginning. Called for longer messages only. */
  extentOf(direction: Direction, beginning: string): Extent
  /**
   * Called for each text message: before the application receives it, or when it is sent.
   * @param message the part that {@link SessionReader.extentOf} selected, one character a byte
   */
  onText(direction: Direction, message: Excerpt): void
  /**
   * Called once, when the connection has ended.
   * @param openTurnOutcome outcome of turns that have not ended
   */
  end(openTurnOutcome: StreamOutcome): void
}

/** Reads nothing. */
export const NO_SESSION: SessionReader = {
  wantsText: false,
  hasUpstreamFailed: false,
  context: undefined,
  extentOf: () => 'beginning',
  onText() {},
  end() {},
}
