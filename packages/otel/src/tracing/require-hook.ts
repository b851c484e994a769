import module from 'node:module'

/** The methods that the base class of OpenTelemetry instrumentations patches for the whole process. */
const HOOKED: readonly (readonly [target: object, name: string])[] = [
  [module.prototype, 'require'],
  [process, 'getBuiltinModule'],
]

/** The property in which the base class keeps its hook. All instrumentations of one copy of the class share it. */
interface Hooking {
  readonly _requireInTheMiddleSingleton?: object
}

/**
 * Constructs an OpenTelemetry instrumentation without the process-wide hooks on `require` and `process.getBuiltinModule` that
 * its base class installs. Our instrumentation patches no modules. Instrumentations of the application, which may use the
 * same copy of the base class, install the hooks when they need them. Hooks that exist already stay.
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

/** Makes the next instrumentation install the hook again. Returns whether that succeeded. */
function forgetHook(instrumentation: Hooking): boolean {
  const hook = instrumentation._requireInTheMiddleSingleton
  const keeper = hook?.constructor as { _instance?: object | undefined } | undefined
  if (keeper === undefined || keeper._instance !== hook) return false
  keeper._instance = undefined
  return true
}
