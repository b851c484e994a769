// Exits at once, in the way that WAY and CODE select.
process.exitCode = Number(process.env.CODE ?? 0)
if (process.env.WAY === 'exit') process.exit(Number(process.env.CODE))
if (process.env.WAY === 'throw') throw new Error('on purpose')
if (process.env.WAY === 'reject') void Promise.reject(new Error('on purpose'))
