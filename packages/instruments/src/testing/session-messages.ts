import { readFileSync } from 'node:fs'
import type { Excerpt } from '../wire/excerpt.ts'
import { excerptOf } from '../wire/excerpt-buffer.ts'
import { LlmSessionReader } from '../wire/session-reader.ts'
import { FactRecorder, SESSION_FACTS } from './fact-recorder.ts'

/** A message of a WebSocket, by its direction. */
export interface Message {
  readonly received?: unknown
  readonly sent?: unknown
}

/** Returns the messages of a session in `test/data/sessions`. */
export function sessionMessages(name: string): readonly Message[] {
  const url = new URL(`../../../../test/data/sessions/${name}.jsonl`, import.meta.url)
  return readFileSync(url, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Message)
}

/** Returns a text as the frame reader passes it: one character a byte. */
export function excerptOfText(text: string): Excerpt {
  const bytes = Buffer.from(text).toString('latin1')
  return excerptOf(bytes, 0, bytes.length)
}

/** Returns the facts of messages. A message that is no string is sent as JSON. */
export function factsOfMessages(
  messages: readonly Message[],
  wants = SESSION_FACTS,
): Record<string, unknown>[] {
  const sink = new FactRecorder(wants)
  const reader = new LlmSessionReader(sink)
  for (const { received, sent } of messages) {
    if (received !== undefined) reader.received(excerptOfText(textOf(received)))
    if (sent !== undefined) reader.sent(excerptOfText(textOf(sent)))
  }
  return sink.facts
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message)
}
