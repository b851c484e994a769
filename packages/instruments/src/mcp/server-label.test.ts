import { expect, it } from 'vitest'
import { labelOfCommand, labelOfUrl } from './server-label.ts'

it.each<[string, string]>([
  ['mcp-server-git', 'mcp-server-git'],
  ['/usr/local/bin/mcp-server-git --repository /srv', 'mcp-server-git'],
  ['C:\\tools\\server.exe --port 1', 'server'],
  ['./build/server', 'server'],
  ['npx -y @modelcontextprotocol/server-filesystem /data', 'server-filesystem'],
  ['npx -y @modelcontextprotocol/server-filesystem@2025.8.21 /data', 'server-filesystem'],
  ['npx.cmd mcp-remote@0.1.2 https://example.com/sse', 'mcp-remote'],
  ['npx --package @scope/tools tool --flag', 'tools'],
  ['npx --package=@scope/tools@1.0.0 tool', 'tools'],
  ['npx --registry https://user:secret@registry.example -y some-server', 'some-server'],
  ['npm exec -- @scope/server', 'server'],
  ['npm x -y server-a', 'server-a'],
  ['pnpm dlx @scope/server@latest', 'server'],
  ['pnpx server-b', 'server-b'],
  ['yarn dlx -p @scope/server run-it', 'server'],
  ['bunx -y server-c', 'server-c'],
  ['bun run src/index.ts', 'index.ts'],
  ['node server.mjs', 'server.mjs'],
  ['node --import ./register.mjs --enable-source-maps /opt/app/dist/server.js --token secret', 'server.js'],
  ['/usr/bin/node -r dotenv/config server.cjs', 'server.cjs'],
  ['node -e console.log(process.env.SECRET)', 'node'],
  ['node', 'node'],
  ['tsx watch.ts', 'watch.ts'],
  ['deno run --allow-net --allow-env jsr:@scope/server@1.2.3', 'server'],
  ['deno run -A npm:mcp-server@1', 'mcp-server'],
  ['deno run https://user:secret@deno.land/x/server/mod.ts?token=secret', 'mod.ts'],
  ['python server.py --key secret', 'server.py'],
  ['python3.12 -u -m my_package.server --key secret', 'my_package.server'],
  ['python3 -X dev -m server', 'server'],
  ['python -c print(1)', 'python'],
  ['uvx mcp-server-fetch', 'mcp-server-fetch'],
  ['uvx mcp-server-fetch==1.2.3', 'mcp-server-fetch'],
  ['uvx --python 3.12 --from git+https://user:secret@github.com/org/repo.git@v1 serve', 'repo'],
  ['uv run --directory /srv/app server.py', 'server.py'],
  ['uv run --with mcp[cli] mcp', 'mcp'],
  ['uv tool run mcp-server-time', 'mcp-server-time'],
  ['pipx run mcp-server[extra]>=1', 'mcp-server'],
  ['docker run -i --rm -e API_KEY=secret mcp/github', 'github'],
  [
    'docker run -i --rm --env API_KEY --name github ghcr.io/github/github-mcp-server:0.5 stdio',
    'github-mcp-server',
  ],
  ['docker run --rm -i --mount type=bind,src=/a,dst=/b localhost:5000/mcp/fs@sha256:abc /b', 'fs'],
  ['docker run -it --annotation KEY=secret mcp/fetch', 'fetch'],
  ['podman container run --rm -v /a:/b:ro quay.io/x/server:1', 'server'],
  ['docker run --rm server:1', 'server'],
  ['docker run --rm', 'docker'],
])('derives the label of %j as %j', (line, label) => {
  const [command, ...args] = line.split(' ')
  expect(labelOfCommand(command as string, args)).toBe(label)
})

it('derives the label of a URL as its host, without credentials', () => {
  const urls = [
    'https://user:secret@api.example.com/mcp?key=secret',
    'http://127.0.0.1:3000/mcp',
    'https://[::1]:8443/',
  ]
  expect(urls.map((url) => labelOfUrl(new URL(url)))).toEqual([
    'api.example.com',
    '127.0.0.1:3000',
    '[::1]:8443',
  ])
})
