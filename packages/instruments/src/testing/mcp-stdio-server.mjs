// An MCP server on stdio of the SDK 2.x, for clients of the protocol version that has no `initialize`.
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

const text = (value) => ({ content: [{ type: 'text', text: value }] })

serveStdio(() => {
  const server = new McpServer({ name: 'server', version: '1.0.0' })
  server.registerTool('works', {}, async () => text('done'))
  return server
})
