/** Reads and writes server-sent events (WHATWG HTML, section 9.2). */

/** An event, dispatched at a blank line after at least one `data` field. */
export interface SseEvent {
  /** The `event` field; `message` if absent. */
  readonly name: string
  /** The `data` fields, joined with line feeds. */
  readonly data: string
}

/** Yields the events of a body. Ignores an incomplete event at its end. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split(/\r\n\r\n|\n\n|\r\r/)
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseBlock(block)
      if (event !== undefined) yield event
    }
  }
}

/** Formats an event. Without `name`, it has only a `data` field. */
export function formatEvent(data: string, name?: string): string {
  return name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`
}

function parseBlock(block: string): SseEvent | undefined {
  let name = 'message'
  const data: string[] = []
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field, value = ''] = /^([^:]+):? ?(.*)$/.exec(line) ?? []
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
  }
  return data.length === 0 ? undefined : { name, data: data.join('\n') }
}
