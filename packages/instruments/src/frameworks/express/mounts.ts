/** The properties of an Express request that are read. */
export interface ExpressRequest {
  /** The path that the routers above have consumed: the concrete path, never a template. */
  readonly baseUrl?: string
}

/** For each request, the mounts that its routers have entered: concrete base path → template. */
const mountsOf = new WeakMap<object, Map<string, string>>()

/** Returns the full template of the request's base path; `undefined` if no mount with that path was entered. */
export function mountTemplate(request: ExpressRequest): string | undefined {
  const base = request.baseUrl ?? ''
  return base === '' ? '' : mountsOf.get(request)?.get(base)
}

/**
 * Called when a router or application that is mounted at `template` starts to handle a request.
 * @param base concrete base path inside the mount
 * @param parent full template of the router that holds the mount; default: see {@link parentTemplate}
 */
export function enterMount(request: ExpressRequest, base: string, template: string, parent?: string): void {
  let mounts = mountsOf.get(request)
  if (mounts === undefined) {
    mounts = new Map()
    mountsOf.set(request, mounts)
  }
  mounts.set(base, joinTemplates(parent ?? parentTemplate(mounts, base, template), template))
}

/**
 * Returns the full template of the router that holds a mount. It is the longest entered mount for which the rest of
 * `base` has as many path segments as `template`. Mounts that were entered and left before have another number of
 * segments.
 */
function parentTemplate(mounts: ReadonlyMap<string, string>, base: string, template: string): string {
  let parent = ''
  let found = ''
  for (const [path, full] of mounts) {
    const isAbove = path.length > parent.length && base.startsWith(`${path}/`)
    if (isAbove && segments(base.slice(path.length)) === segments(template)) [parent, found] = [path, full]
  }
  return found
}

function segments(path: string): number {
  return path.split('/').filter((part) => part !== '').length
}

/** Appends a template to the template of its mount. */
export function joinTemplates(mount: string, template: string): string {
  if (template === '/') return mount === '' ? '/' : mount
  return mount + template
}
