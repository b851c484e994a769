/**
 * Returns the environment that the application will have. In a process that PM2 starts in cluster mode, the variables of the
 * application are not set yet when `--import` runs: PM2 passes them as JSON in `pm2_env`, and sets them before it loads the
 * application.
 */
export function withPm2Variables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { pm2_env: text } = env as { readonly pm2_env?: string }
  if (text === undefined) return env
  try {
    const variables = Object.entries(JSON.parse(text) as object)
      .filter(([, value]) => value !== null && typeof value !== 'object')
      .map(([key, value]) => [key, String(value)])
    return { ...env, ...Object.fromEntries(variables) }
  } catch {
    return env
  }
}
