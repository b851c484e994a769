/**
 * Runs a function while the process handles uncaught errors, as an application with a listener of `uncaughtException` does.
 * @returns the messages of the errors
 */
export async function uncaughtErrors(run: () => unknown): Promise<string[]> {
  const messages: string[] = []
  const note = (error: Error): void => void messages.push(error.message)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', note)
  try {
    await run()
  } finally {
    process.off('uncaughtException', note)
    for (const listener of others) process.on('uncaughtException', listener)
  }
  return messages
}
