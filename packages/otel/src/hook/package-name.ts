import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Returns the name in the `package.json` of an installed package; `undefined` if there is none. It differs from the name of
 * the folder if the package is installed under an alias (`"express4": "npm:express@4"`).
 * @param folder URL of the package's folder, with a slash at the end
 */
export function packageName(folder: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(fileURLToPath(`${folder}package.json`), 'utf8'))
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined // no readable package.json
  }
}
