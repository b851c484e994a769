/** Server-sent events, read from an engine and written to a client (WHATWG HTML, section 9.2). */

/** One event as dispatched: after a blank line, with at least one `data` field. */
export interface SseEvent {
  /** The `event` field, `message` if there was none. */
  readonly name: string
  /** The `data` fields, joined by line feeds. */
  readonly data: string
}

/** Reads the events of a body; an unfinished block at its end is dropped. */
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

/** Writes an event; without `name`, a `data` line alone. */
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
