import http from 'node:http'

/** One request of a load. */
export interface LoadRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Body of a POST request. Default: a GET request. */
  readonly body?: string
}

/** Sends all requests over a number of kept-alive connections and returns the response bodies in the order of the requests. */
export async function sendAll(requests: readonly LoadRequest[], connections: number): Promise<string[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const bodies: string[] = []
  const waiting = requests.entries()
  const worker = async (): Promise<void> => {
    for (const [n, request] of waiting) bodies[n] = await bodyOf(request, agent)
  }
  try {
    await Promise.all(Array.from({ length: connections }, worker))
    return bodies
  } finally {
    agent.destroy()
  }
}

function bodyOf({ url, headers = {}, body }: LoadRequest, agent: http.Agent): Promise<string> {
  const method = body === undefined ? 'GET' : 'POST'
  return new Promise((resolve, reject) => {
    http
      .request(url, { agent, method, headers }, (response) => {
        let text = ''
        response.on('data', (data) => (text += data)).on('end', () => resolve(text))
        response.on('error', reject)
      })
      .on('error', reject)
      .end(body)
  })
}
