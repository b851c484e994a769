import module from 'node:module'

/** The methods that the base class of OpenTelemetry's instrumentations hooks for the whole process. */
const HOOKED: readonly (readonly [target: object, name: string])[] = [
  [module.prototype, 'require'],
  [process, 'getBuiltinModule'],
]

/** Where that class keeps its hook, which all instrumentations of one copy of it share. */
interface Hooking {
  readonly _requireInTheMiddleSingleton?: object
}

/**
 * Constructs an instrumentation of OpenTelemetry without the hook on `require` and on `process.getBuiltinModule` that its
 * base class installs for the life of the process: none of ours has a module to be patched when it is loaded. The
 * application's own instrumentations, which may be of the same copy of that class, install the hook when they need it. A
 * hook that was there before stays.
 */
export function withoutRequireHook<Instrumentation extends object>(
  construct: () => Instrumentation,
): Instrumentation {
  const before = HOOKED.map(([target, name]) => Object.getOwnPropertyDescriptor(target, name))
  const instrumentation = construct()
  const isHooked = HOOKED.some(
    ([target, name], i) => Object.getOwnPropertyDescriptor(target, name)?.value !== before[i]?.value,
  )
  if (!isHooked || !forgetHook(instrumentation)) return instrumentation
  HOOKED.forEach(([target, name], i) => {
    const descriptor = before[i]
    if (descriptor !== undefined) Object.defineProperty(target, name, descriptor)
  })
  return instrumentation
}

/** Makes the next instrumentation install the hook anew; whether that could be done. */
function forgetHook(instrumentation: Hooking): boolean {
  const hook = instrumentation._requireInTheMiddleSingleton
  const keeper = hook?.constructor as { _instance?: object | undefined } | undefined
  if (keeper === undefined || keeper._instance !== hook) return false
  keeper._instance = undefined
  return true
}
