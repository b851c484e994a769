// An application with an exit code of its own.
console.log('ran')
process.exitCode = 7
