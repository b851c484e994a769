import type { AttributeDefinition } from './attribute.ts'

/** Value of `api` for a path that belongs to no API of llama-stack. */
export const UNKNOWN_API = 'unknown'

/**
 * The label `api`. The values are the first path segments, after the version, of the OpenAPI documents of llama-stack 0.2 to 0.7
 * and of OGX, its later name: https://github.com/ogx-ai/ogx/tree/main/docs/static
 */
export const LLAMA_STACK_API = {
  name: 'api',
  values: [
    'admin',
    'agents',
    'batch-inference',
    'batches',
    'chat',
    'completions',
    'connectors',
    'conversations',
    'datasetio',
    'datasets',
    'embeddings',
    'eval',
    'file-processors',
    'files',
    'health',
    'inference',
    'inspect',
    'interactions',
    'messages',
    'models',
    'moderations',
    'openai',
    'post-training',
    'prompts',
    'providers',
    'realtime',
    'responses',
    'safety',
    'scoring',
    'scoring-functions',
    'shields',
    'synthetic-data-generation',
    'telemetry',
    'tool-runtime',
    'toolgroups',
    'tools',
    'vector-dbs',
    'vector-io',
    'vector_stores',
    'version',
  ],
  overflow: UNKNOWN_API,
  description:
    'the first segment of the route after its version, such as `chat` of `/v1/chat/completions`, if it is [an API of llama-stack](#llama_stack-off-by-default)',
} as const satisfies AttributeDefinition

const APIS: ReadonlySet<string> = new Set(LLAMA_STACK_API.values)

/** Longest part of a path that is read. */
const MAX_LENGTH = 200

/** The segment after the first version, such as `v1` or `v1alpha`. */
const AFTER_VERSION = /\/v\d+(?:alpha|beta)?\d*\/([^/?#]+)/

/** The first segment of a path, or of a URL. */
const FIRST_SEGMENT = /^(?:https?:\/\/[^/?#]*)?\/([^/?#]+)/i

/**
 * Returns the `api` of a path or a route template: the segment after its first version or, without a version, its first
 * segment. Returns {@link UNKNOWN_API} for a segment that is not on the list.
 */
export function llamaStackApi(path: string | undefined): string {
  if (path === undefined) return UNKNOWN_API
  const start = path.slice(0, MAX_LENGTH).split('?', 1)[0] as string
  const segment = (AFTER_VERSION.exec(start) ?? FIRST_SEGMENT.exec(start))?.[1]
  return segment !== undefined && APIS.has(segment) ? segment : UNKNOWN_API
}
