import { ChoicesReader, readChoicesBody } from './chat-completions-reader.ts'
import { FactReporter } from './fact-reporter.ts'
import type { WireFormat } from './wire-format.ts'

const CHUNK = /"object"\s*:\s*"text_completion"/

/** Text completions, which came before chat completions, of OpenAI, vLLM and others. Their events have no names. */
export const COMPLETIONS: WireFormat = {
  api: 'completions',
  operation: 'text_completion',
  endEvents: {}, // as those of chat completions
  identifies: (type, data) => type === undefined && CHUNK.test(data),
  wantsExcerpt: (type) => type === undefined,
  toolCallMarks: ['tool_calls'],
  createReader: (sink) => new ChoicesReader(sink),
  isRequest: (body) => body.has('prompt') && !body.has('messages'),
  readRequest: (body, sink) => new FactReporter(sink).reportRequest(body),
  isResponse: (body) => body.get('object') === 'text_completion',
  readResponse: readChoicesBody,
}
