// A session of OpenAI's Realtime API. The client selects the answer by `response.metadata.answer`: `tools` (two tool calls),
// `endless` (text until the client cancels) or `failed`. Each response makes a call upstream, if UPSTREAM_URL is set.

/** Serves the session on a socket of `ws`. */
export function serveSession(socket) {
  let responses = 0
  let eventId = 0
  /** Id of the response that waits for the client to cancel it. */
  let endless
  const send = (type, members) =>
    socket.send(JSON.stringify({ type, event_id: `event_${++eventId}`, ...members }))
  const done = (id, status, members = {}) =>
    send('response.done', { response: { object: 'realtime.response', id, status, output: [], ...members } })

  const answers = {
    tools(id) {
      for (const [index, city] of ['Paris', 'Rome'].entries()) {
        const call = { name: 'get_weather', call_id: `call_${city}`, arguments: JSON.stringify({ city }) }
        send('response.function_call_arguments.delta', {
          response_id: id,
          output_index: index,
          delta: call.arguments,
        })
        send('response.output_item.done', {
          response_id: id,
          output_index: index,
          item: { type: 'function_call', status: 'completed', ...call },
        })
      }
      done(id, 'completed', {
        usage: { input_tokens: 127, output_tokens: 48, input_token_details: { cached_tokens: 64 } },
      })
    },
    endless(id) {
      endless = id
      send('response.output_text.delta', { response_id: id, output_index: 0, delta: 'Once upon a time' })
    },
    failed(id) {
      const error = { type: 'server_error', code: 'engine_unavailable' }
      done(id, 'failed', { status_details: { type: 'failed', error } })
    },
  }

  send('session.created', { session: { type: 'realtime', model: 'gpt-realtime' } })
  socket.on('message', async (data) => {
    const event = JSON.parse(data)
    if (event.type === 'response.cancel') {
      done(endless, 'cancelled', { status_details: { type: 'cancelled', reason: 'client_cancelled' } })
    }
    if (event.type !== 'response.create') return
    const id = `resp_${++responses}`
    send('response.created', { response: { object: 'realtime.response', id, status: 'in_progress' } })
    if (process.env.UPSTREAM_URL) await (await fetch(`${process.env.UPSTREAM_URL}/${id}`)).text()
    answers[event.response.metadata.answer](id)
  })
}
