// An application that sets an exit code.
console.log('ran')
process.exitCode = 7
