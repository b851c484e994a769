// A client of the Model Context Protocol for the conformance suite, which appends the URL of its server: connects, lists
// the tools and calls each of them once.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js')
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js')
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js')

const ARGUMENTS = { add_numbers: { a: 5, b: 3 } }

async function main() {
  const client = new Client(
    { name: 'conformance', version: '1.0.0' },
    { capabilities: { elicitation: { form: { applyDefaults: true } } } },
  )
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }))
  await client.connect(new StreamableHTTPClientTransport(new URL(process.argv.at(-1))))
  const { tools } = await client.listTools()
  for (const { name } of tools) await client.callTool({ name, arguments: ARGUMENTS[name] ?? {} })
  await client.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
