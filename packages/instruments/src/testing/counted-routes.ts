import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RecordingProvider } from './recording-provider.ts'

/** Sends a request for each path, and returns the route and status that each was counted with. */
export async function countedRoutes(
  provider: RecordingProvider,
  server: Server,
  paths: readonly string[],
): Promise<Record<string, string>> {
  const { port } = server.address() as AddressInfo
  const labels: Record<string, string> = {}
  for (const path of paths) {
    provider.calls.length = 0
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    await response.text()
    const requests = () => provider.calls.filter(({ name }) => name === 'http.requests')
    while (requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
    labels[path] = requests()
      .map(({ attributes }) => `${attributes['route']} ${attributes['status']}`)
      .join()
  }
  return labels
}
