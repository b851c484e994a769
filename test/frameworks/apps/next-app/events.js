/** An event stream of `count` events, a few milliseconds apart. */
export function stream(count) {
  return new Response(ReadableStream.from(events(count)), {
    headers: { 'content-type': 'text/event-stream' },
  })
}

async function* events(count) {
  const encoder = new TextEncoder()
  for (let n = 1; n <= count; n++) {
    yield encoder.encode(`data: ${n}\n\n`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}
