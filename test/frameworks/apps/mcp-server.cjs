// A server of the Model Context Protocol for the conformance suite: tools, resources and prompts with the names and contents
// of the suite's scenarios, and one session of the SDK for each client. Prints its URL.
const { randomUUID } = require('node:crypto')
const { createServer } = require('node:http')
const { setTimeout: pause } = require('node:timers/promises')
const { Server } = require('@modelcontextprotocol/sdk/server/index.js')
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js')
const types = require('@modelcontextprotocol/sdk/types.js')

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const WAV = Buffer.from(
  'RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0@\x1f\0\0\x01\0\x08\0data\0\0\0\0',
  'latin1',
)

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const image = { type: 'image', data: PNG, mimeType: 'image/png' }
const resource = (uri, mimeType, value) => ({ type: 'resource', resource: { uri, mimeType, text: value } })
const object = (properties, required = []) => ({ type: 'object', properties, required })
const string = { type: 'string' }

/** Requests input from the client. */
const elicit = async (extra, message, requestedSchema) => {
  const request = { method: 'elicitation/create', params: { message, requestedSchema } }
  const { action, content } = await extra.sendRequest(request, types.ElicitResultSchema)
  return text(`User response: action=${action}, content=${JSON.stringify(content)}`)
}

const titled = (title) =>
  ['value1', 'value2', 'value3'].map((value) => ({ const: value, title: `${title} ${value}` }))

/** Input schema and handler of each tool, by name. */
const TOOLS = {
  test_simple_text: [object({}), () => text('This is a simple text response for testing.')],
  test_image_content: [object({}), () => ({ content: [image] })],
  test_audio_content: [
    object({}),
    () => ({ content: [{ type: 'audio', data: WAV.toString('base64'), mimeType: 'audio/wav' }] }),
  ],
  test_embedded_resource: [
    object({}),
    () => ({ content: [resource('test://embedded-resource', 'text/plain', 'An embedded resource.')] }),
  ],
  test_multiple_content_types: [
    object({}),
    () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ],
    }),
  ],
  test_tool_with_logging: [
    object({}),
    async (_, extra) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
        await pause(50)
      }
      return text('done')
    },
  ],
  test_tool_with_progress: [
    object({}),
    async (_, extra) => {
      const progressToken = extra._meta?.progressToken
      for (const progress of [0, 50, 100]) {
        const params = { progressToken, progress, total: 100 }
        if (progressToken !== undefined)
          await extra.sendNotification({ method: 'notifications/progress', params })
        await pause(50)
      }
      return text('done')
    },
  ],
  test_error_handling: [
    object({}),
    () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }),
  ],
  test_sampling: [
    object({ prompt: string }, ['prompt']),
    async ({ prompt }, extra) => {
      const messages = [{ role: 'user', content: { type: 'text', text: prompt } }]
      const request = { method: 'sampling/createMessage', params: { messages, maxTokens: 100 } }
      const { content } = await extra.sendRequest(request, types.CreateMessageResultSchema)
      return text(`LLM response: ${content.text}`)
    },
  ],
  test_elicitation: [
    object({ message: string }, ['message']),
    ({ message }, extra) =>
      elicit(extra, message, object({ username: string, email: string }, ['username', 'email'])),
  ],
  test_elicitation_sep1034_defaults: [
    object({}),
    (_, extra) =>
      elicit(
        extra,
        'Please review the defaults',
        object({
          name: { type: 'string', default: 'John Doe' },
          age: { type: 'integer', default: 30 },
          score: { type: 'number', default: 95.5 },
          status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
          verified: { type: 'boolean', default: true },
        }),
      ),
  ],
  test_elicitation_sep1330_enums: [
    object({}),
    (_, extra) =>
      elicit(
        extra,
        'Please choose',
        object({
          untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
          titledSingle: { type: 'string', oneOf: titled('Single') },
          legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
          untitledMulti: {
            type: 'array',
            items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
          },
          titledMulti: { type: 'array', items: { anyOf: titled('Multi') } },
        }),
      ),
  ],
  json_schema_2020_12_tool: [
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: { address: object({ street: string, city: string }) },
      properties: { name: string, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    () => text('done'),
  ],
}

const RESOURCES = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
}

const user = (content) => ({ messages: [{ role: 'user', content }] })
const PROMPTS = {
  test_simple_prompt: [[], () => user({ type: 'text', text: 'This is a simple prompt for testing.' })],
  test_prompt_with_arguments: [
    ['arg1', 'arg2'],
    ({ arg1, arg2 }) => user({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  ],
  test_prompt_with_embedded_resource: [
    ['resourceUri'],
    ({ resourceUri }) => user(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
  ],
  test_prompt_with_image: [[], () => user(image)],
}

function createMcpServer() {
  const capabilities = {
    tools: {},
    logging: {},
    completions: {},
    prompts: {},
    resources: { subscribe: true },
  }
  const server = new Server({ name: 'conformance', version: '1.0.0' }, { capabilities })
  const on = (schema, handler) => server.setRequestHandler(schema, handler)
  on(types.ListToolsRequestSchema, () => ({
    tools: Object.entries(TOOLS).map(([name, [inputSchema]]) => ({ name, description: name, inputSchema })),
  }))
  on(types.CallToolRequestSchema, ({ params }, extra) => TOOLS[params.name][1](params.arguments ?? {}, extra))
  on(types.SetLevelRequestSchema, () => ({}))
  on(types.CompleteRequestSchema, () => ({
    completion: { values: ['paris', 'park'], total: 2, hasMore: false },
  }))
  on(types.ListResourcesRequestSchema, () => ({
    resources: Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType })),
  }))
  on(types.ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template' }],
  }))
  on(types.ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/(.*)\/data$/.exec(uri)?.[1]
    if (id === undefined) return { contents: [{ uri, ...RESOURCES[uri] }] }
    const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
    return { contents: [{ uri, mimeType: 'application/json', text: data }] }
  })
  on(types.SubscribeRequestSchema, () => ({}))
  on(types.UnsubscribeRequestSchema, () => ({}))
  on(types.ListPromptsRequestSchema, () => ({
    prompts: Object.entries(PROMPTS).map(([name, [names]]) => ({
      name,
      arguments: names.map((argument) => ({ name: argument, required: true })),
    })),
  }))
  on(types.GetPromptRequestSchema, ({ params }) => PROMPTS[params.name][1](params.arguments ?? {}))
  return server
}

const transports = new Map()

async function transportOf(request) {
  const known = transports.get(request.headers['mcp-session-id'])
  if (known !== undefined) return known
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => transports.set(id, transport),
    enableDnsRebindingProtection: true,
    allowedHosts: [`127.0.0.1:${server.address().port}`],
    allowedOrigins: [`http://127.0.0.1:${server.address().port}`],
  })
  await createMcpServer().connect(transport)
  return transport
}

const server = createServer(async (request, response) => {
  const transport = await transportOf(request)
  await transport.handleRequest(request, response)
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`))
