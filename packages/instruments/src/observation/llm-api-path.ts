import type { LlmOperation } from '../wire/facts.ts'

/** An API, as the path of a call identifies it. */
export interface LlmApiPath {
  /** Name of the wire format. */
  readonly api: string
  readonly operation: LlmOperation
}

/** By the end of the path. `/chat/completions` also ends with `/completions`, so it comes first. */
const API_PATHS: readonly (readonly [suffix: string, api: LlmApiPath])[] = [
  ['/responses', { api: 'responses', operation: 'chat' }],
  ['/chat/completions', { api: 'chat_completions', operation: 'chat' }],
  ['/messages', { api: 'messages', operation: 'chat' }],
  ['/completions', { api: 'completions', operation: 'text_completion' }],
  ['/embeddings', { api: 'embeddings', operation: 'embeddings' }],
]

/**
 * Ends of paths whose requests or responses look like those of an API, but generate nothing: token counts, cancellation,
 * compaction, moderation, media, rankings.
 */
const OTHER_PATHS: ReadonlySet<string> = new Set([
  'audio',
  'cancel',
  'classify',
  'compact',
  'count_tokens',
  'detokenize',
  'edits',
  'generations',
  'input_tokens',
  'moderations',
  'pooling',
  'rerank',
  'score',
  'speech',
  'tokenize',
])

/**
 * Identifies the API of a call by the end of its path, whatever comes before: gateways and providers have prefixes.
 * @param target the path with its query, or an absolute URL
 * @returns `none` if the call is certainly to no API; `undefined` if the path does not show it
 */
export function apiOfPath(target: string): LlmApiPath | 'none' | undefined {
  const path = pathOf(target)
  for (const [suffix, api] of API_PATHS) if (path.endsWith(suffix)) return api
  return OTHER_PATHS.has(path.slice(path.lastIndexOf('/') + 1)) ? 'none' : undefined
}

/** Returns whether a path is that of the list of models. */
export function isModelListPath(target: string): boolean {
  return pathOf(target).endsWith('/models')
}

/** Returns a target without its query and trailing slash. */
function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  return path.endsWith('/') ? path.slice(0, -1) : path
}
