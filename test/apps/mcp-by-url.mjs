// Connects to MCP servers by URLs with credentials. `MCP_URL` answers; the credentials of the second URL make the SDK throw.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const { MCP_URL, MCP_SECRET: secret } = process.env

async function connect(url) {
  const client = new Client({ name: 'gateway', version: '1.0.0' })
  const headers = { authorization: `Bearer ${secret}`, 'x-api-key': secret }
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } })
  await client.connect(transport).catch(() => {})
  await client.close()
}

await connect(new URL(`${MCP_URL}?api_key=${secret}`))
await connect(new URL(`${MCP_URL.replace('://', `://user:${secret}@`)}?token=${secret}`))
console.log('done')
