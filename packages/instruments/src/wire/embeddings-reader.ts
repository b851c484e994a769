import { completionUsage } from './chat-completions-reader.ts'
import type { ExcerptReader } from './excerpt.ts'
import { FactReporter } from './fact-reporter.ts'
import type { WireFormat } from './wire-format.ts'

/** Embeddings of OpenAI, vLLM and others. They have no streams. */
export const EMBEDDINGS: WireFormat = {
  api: 'embeddings',
  operation: 'embeddings',
  endEvents: {},
  identifies: () => false,
  wantsExcerpt: () => false,
  toolCallMarks: [],
  createReader: () => ({ isDelta: () => false, read: () => {} }),
  // `input` is that of the Responses API too; these members are not. The clients of OpenAI send `encoding_format`.
  isRequest: (body) => body.has('input') && (body.has('encoding_format') || body.has('dimensions')),
  readRequest: (body, sink) => new FactReporter(sink).reportRequest(body),
  isResponse: (body) => body.get('object') === 'list' && body.has('usage') && hasEmbeddings(body),
  readResponse(body, sink) {
    const reporter = new FactReporter(sink)
    reporter.reportResponseId(body.get('id')) // vLLM has one
    reporter.reportModelServed(body.get('model'))
    reporter.report(completionUsage({ prompt_tokens: body.get('usage', 'prompt_tokens') }))
  },
}

/** Other lists have no model. The data of a long body is not kept whole. */
function hasEmbeddings(body: ExcerptReader): boolean {
  return body.has('data') && body.has('model')
}
