/**
 * Runs one of the benchmarks of this folder by name: `npm run bench -- record`, `collect`, `scrape`, `readers`,
 * `requests`, `events` or `compare`; what follows the name is passed on. The head comment of each tells what it compares.
 */
const [name = '', ...rest] = process.argv.slice(2)
const NAMES = ['record', 'collect', 'scrape', 'readers', 'requests', 'events', 'compare']

if (NAMES.includes(name)) {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest)
  await import(`./${name}.ts`)
} else {
  process.stderr.write(`which benchmark? ${NAMES.join(', ')}\n`)
  process.exitCode = 1
}
