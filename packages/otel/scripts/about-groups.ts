/** Texts of `docs/metrics.md` that follow the table of a group. */

/** How WebSockets are measured. */
export const ABOUT_WEBSOCKETS = `A handshake is accepted by the status 101, over HTTP/2 by 200; any other answer, or none, rejects it.
[Frameworks](frameworks.md#websocket-servers) lists how the route is found.

\`vr_otel_websocket_unread_total\` counts connections whose metrics are incomplete:

- The bytes of compressed messages are counted only if the npm package \`ws\` compresses and decompresses them, not by a bundled
  copy of \`ws\` or another library.
- After an invalid frame, no message of the connection is counted.
- If the server closes a connection with 1002, 1007 or 1009, the message that it refused may be counted.

WebSockets that the application opens as a client are not measured.
`

/** How MCP is measured. */
export const ABOUT_MCP = `MCP clients and servers of the process are observed, with \`@modelcontextprotocol/sdk\` 1.x and with
\`@modelcontextprotocol/client\` and \`@modelcontextprotocol/server\` 2.x, over stdio, streamable HTTP, SSE and in memory.

**Operations** are requests and notifications. A request lasts until its response, a sent notification until it is sent, and a
received notification until it is dispatched. A request that the SDK cancels after its time limit has the \`error.type\`
\`timeout\`; a request that is cancelled otherwise has \`cancelled\`. A \`tools/call\` of a client also counts as an executed tool
call of the type \`mcp\`. At most 10,000 open requests of a session are observed.

**Sessions** are measured over stdio, and over HTTP if the server assigns a session id.

**Starts.** The start of a server begins when a client connects; over stdio, this starts the command of the server.

| Status | Condition |
|---|---|
| \`ok\` | The first list of tools arrived and is not empty. |
| \`ok\` | A tool, prompt or resource was used before a list of tools arrived. |
| \`ok\` | The server declares no tools, and any request after the handshake succeeded. |
| \`error\` | Connecting failed, the list of tools was empty or failed, or the connection closed before. |
| not counted | The application closed the client before it used the server, or resumed a session by its id. |

The log names the reason of a failure, once for each server and reason until a start succeeds; if sampled, the span
\`mcp.server.startup\` has it too. A client that tries several transports counts each failure. Over a network, the process does
not start the server: after one \`ok\`, further sessions are counted only after a failure. A start that \`observeMcpStartup\`
observes is not counted again.

To a server that declares no tools, SDK 1.x sends \`tools/list\`, which fails; SDK 2.x does not send it and returns an empty list,
so the start is not counted until another request.

**\`server_label\`** is a label of \`VR_MCP_SERVER_LABELS\`, or else derived before connecting:

- of a URL: the host, with the port if it is not the default;
- of a command: its base name or, behind a launcher (\`npx\`, \`uvx\`, \`node\`, \`python -m\`, \`docker run\` and others), the first
  package, image or script. \`node server.mjs a\` and \`node server.mjs b\` have the same label, so metrics and the log do not
  distinguish them: set \`VR_MCP_SERVER_LABELS\`;
- \`in_memory\`; \`unknown\` for a custom transport.

It contains no other arguments, no environment variables and no credentials. The operation metrics have the labels of the
semantic conventions, which do not identify a server over stdio; the spans of these operations have its label.
`

/** How to read the metrics of the group `self`. */
export const ABOUT_SELF = `\`vr_otel_internal_errors_total\` counts bugs of this package, which do not affect the application. Please report them with
the logged stack and the value of \`hook\`, the component that failed: \`request_…\`, \`response_…\` and \`stream_…\` observe
requests of servers, \`http2_…\`, \`upgrade_…\` and \`websocket_…\` observe their protocols, \`<framework>_route\` finds routes,
\`undici…\` and \`http.client.…\` observe outgoing calls, \`llm_call…\`, \`genai_record\` and \`upstream_attempt\` observe engine calls,
\`tool_calls\` counts tool calls, and \`mcp_…\` observes MCP.

\`vr_otel_telemetry_*\` show whether spans and pushed metrics arrive: created = exported + dropped + queued. If spans or data
points are dropped, \`reason\` and the log name the cause. With [several workers](workers.md), the spans in the queue of a worker
that is killed are lost, and created − exported − dropped − queued is their number.

\`vr_otel_workers\`, \`vr_otel_worker_push_age_seconds\`, \`vr_otel_cluster_*\` and \`vr_otel_scrape_complete\` exist only with several
workers. [Workers](workers.md#how-to-see-it) has queries and alerts.
`

/** How calls to engines and the overhead are measured. */
export const ABOUT_UPSTREAM = `A call to an engine is recognised by its path, its body or its response. [Outcomes](outcomes.md#attempts) describes the
outcomes of attempts. Retries have no metric of their own: a call that succeeds at the third attempt counts three times, also if a
client library such as \`openai\` retries.

The overhead is recorded once for a stream whose request made at least one call to an engine. It excludes the time from the first
engine call to the first chunk of a successful answer, and so the wait for retries. It includes everything between this chunk and
the next bytes sent to the client: if an agent loop holds its output back, also tools and later engine calls.
`

/** How the metrics of several processes and threads are merged. */
export const PROCESS_OF_WORKERS = `**Several workers.** A percentile of the delay of all event loops cannot be computed from the percentiles of each. The largest of them is
shown: it belongs to the slowest worker, and the percentile over all is never above it. The sum of the resident memory counts a
page that processes share once for each. \`process_open_fds\` and \`process_max_fds\` are those of the process that is nearest to its
limit if all have the same, so that their quotient can be alerted on. \`process_start_time_seconds\` is that of the oldest
process. With worker threads, \`nodejs_*\` and \`v8js_*\` include each thread, and \`process_*\` count the process once.
`
