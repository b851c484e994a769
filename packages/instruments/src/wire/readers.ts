import { CHAT_COMPLETIONS } from './chat-completions-reader.ts'
import { COMPLETIONS } from './completions-reader.ts'
import { EMBEDDINGS } from './embeddings-reader.ts'
import { MESSAGES } from './messages-reader.ts'
import { RESPONSES } from './responses-reader.ts'
import type { WireFormat } from './wire-format.ts'

/** The wire formats that are read, in the order in which they are tried. To add an API, add its format here. */
export const WIRE_FORMATS: readonly WireFormat[] = [
  EMBEDDINGS,
  RESPONSES,
  MESSAGES,
  CHAT_COMPLETIONS,
  COMPLETIONS,
]
