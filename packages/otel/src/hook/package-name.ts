import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Returns the name that an installed package gives itself in its `package.json`, which is another one than that of its
 * folder where it is installed under an alias (`"express4": "npm:express@4"`); `undefined` where it has none.
 * @param folder URL of the package's folder, with a slash at the end
 */
export function packageName(folder: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(fileURLToPath(`${folder}package.json`), 'utf8'))
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined // no package.json, or none that can be read
  }
}
