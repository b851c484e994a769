// Exits with 1 and a message if npm scripts run on a Node that is too old. The warnings of npm (EBADENGINE) are switched off
// in .npmrc: on Linux they name the Node that runs npm, while scripts run on the one in node_modules.
const [version = process.versions.node] = process.argv.slice(2)
const [major = 0, minor = 0] = version.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `scripts of this repository need Node 22.15 or later; this is ${version}. On Linux "npm ci" installs Node 24 for them; on other systems, install it first.`,
  )
  process.exitCode = 1
}
