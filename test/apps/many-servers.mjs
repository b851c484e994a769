// Starts MCP servers with more names than the bound of the label.

import { createServer } from 'node:http'
import { observeMcpStartup } from '@vr/otel'

for (let n = 0; n < 150; n++) observeMcpStartup(`server${n}`, () => ['a tool'])
const server = createServer((_request, response) => response.end())
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
