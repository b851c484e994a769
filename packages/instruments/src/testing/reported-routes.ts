import { attachObservation } from '../observation/observation-registry.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import type { FilePatch } from '../patching/module-patch.ts'

/** Creates a request, and the list of the routes that a hook reports for it, in order. */
export function requestWithRoutes(): { request: object; routes: (string | undefined)[] } {
  const routes: (string | undefined)[] = []
  const request = {}
  const observation = { setFrameworkRoute: (template: string | undefined) => routes.push(template) }
  attachObservation(request, observation as unknown as RequestObservation)
  return { request, routes }
}

/** Applies the patch of the first file whose path matches to `exports`, and returns its undo function. */
export function applyPatch(
  patches: readonly FilePatch[] | undefined,
  file: RegExp,
  exports: unknown,
): () => void {
  const patch = patches?.find((each) => file.test(each.file))
  if (patch === undefined) throw new Error(`no patch of ${file}`)
  return patch.patch(exports)
}
