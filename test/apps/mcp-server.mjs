// An MCP server on stdio. Arguments: the generation of the SDK (`1` or `2`), and the behaviour: `ok`, `empty`, `hangs`, `exits`.
const [, , generation, behaviour] = process.argv

const SDKS = {
  1: async () => ({
    ...(await import('@modelcontextprotocol/sdk/server/mcp.js')),
    ...(await import('@modelcontextprotocol/sdk/server/stdio.js')),
  }),
  2: async () => ({
    ...(await import('@modelcontextprotocol/server')),
    ...(await import('@modelcontextprotocol/server/stdio')),
  }),
}

const text = (value) => ({ content: [{ type: 'text', text: value }] })

const TOOLS = {
  works: async () => text('done'),
  reports: async () => ({ ...text('no such city'), isError: true }),
  throws: async () => {
    throw new Error('on purpose')
  },
  waits: () => {
    process.stderr.write('waiting\n')
    return new Promise(() => {})
  },
  exits: () => process.exit(1),
}

if (behaviour === 'exits') process.exit(1)
if (behaviour === 'hangs') process.stdin.resume()
else {
  const { McpServer, StdioServerTransport } = await SDKS[generation]()
  const server = new McpServer({ name: 'tools', version: '1.0.0' })
  const tools = Object.entries(TOOLS).map(([name, run]) =>
    server.registerTool(name, { description: name }, run),
  )
  if (behaviour === 'empty') for (const tool of tools) tool.disable()
  await server.connect(new StdioServerTransport())
}
