/** What is used of a request of Express. */
export interface ExpressRequest {
  /** The path that the routers above have consumed: the concrete one, never a template. */
  readonly baseUrl?: string
}

/** Mounts that the routers have entered for a request: concrete base path → template. */
const mountsOf = new WeakMap<object, Map<string, string>>()

/** The full template of a concrete base path; `undefined` if its mount was not seen: it is no template. */
export function mountTemplate(request: ExpressRequest): string | undefined {
  const base = request.baseUrl ?? ''
  return base === '' ? '' : mountsOf.get(request)?.get(base)
}

/**
 * A router or an application that is mounted at `template` is entered.
 * @param base concrete base path inside of it
 * @param parent full template of what it is mounted in; by default found by {@link parentTemplate}
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
 * The template of the router that holds a mount: of the mounts entered so far, the longest one that leaves just as
 * many path segments as the mount's own template has. A mount that was entered and left again does not fit.
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

/** A template after the template of what it is mounted in. */
export function joinTemplates(mount: string, template: string): string {
  if (template === '/') return mount === '' ? '/' : mount
  return mount + template
}
