import type { Plan, PlannedCall, PlannedUsage } from './plan.ts'

/** A part of the body of an answer, and the facts that a receiver has when it has received the part. */
export interface Part {
  readonly text: string
  readonly toolCalls?: readonly PlannedCall[]
  readonly usage?: PlannedUsage
  /** The part is an event after which the stream is complete, or has failed. */
  readonly end?: 'completed' | 'failed'
}

/** The answer of an API to a plan, without its ending. */
export interface AnswerFormat {
  /** Returns the events of a stream. The last one ends it. */
  readonly events: (plan: Plan, id: string) => Part[]
  /** Returns the body of an answer that is no stream. */
  readonly body: (plan: Plan, id: string) => object
  /** Returns the token counts that the API reports. Default: all. */
  readonly usage?: (usage: PlannedUsage) => PlannedUsage
  /** Returns the event that reports an error, and what follows it. */
  readonly errorEvents: () => Part[]
}

/** Returns an SSE event with a name. */
export function namedEvent(event: { readonly type: string }, facts: Omit<Part, 'text'> = {}): Part {
  return { ...facts, text: `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` }
}

/** Returns an SSE event without a name. */
export function dataEvent(data: object, facts: Omit<Part, 'text'> = {}): Part {
  return { ...facts, text: `data: ${JSON.stringify(data)}\n\n` }
}

/** Returns texts for the deltas of a message. */
export const wordsOf = ({ words }: Plan): string[] => Array.from({ length: words }, (_, n) => `word ${n} `)

/** Returns the arguments of a call in fragments. */
export const fragmentsOf = ({ fragments }: PlannedCall): string[] =>
  Array.from({ length: fragments }, (_, n) => (n === 0 ? '{"city":"' : 'Oslo'))
